import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { StateHeader } from '../backup/state-backup.ts';
import { privateFolderOf } from '../store/state/address.ts';
import { backUpState, restoreState } from '../store/state/backup.ts';
import { SCHEMA } from '../store/state/row-security.ts';
import type { Row } from '../store/state/state.ts';
import { stat } from '../system/files.ts';
import { findPrivateServer, stopPrivateServer } from '../system/private-postgres.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';

/** `resurgam state …`: the PostgreSQL server with everything that changes while Resurgam runs and is no evidence. */
export const stateCommand: RegisterCommand = (program, { app }) => {
  const state = program.command('state').description('the PostgreSQL server that keeps the state: look, start, stop, back up, restore');
  register(state, { words: 'show', does: 'where it is, its version and size, rows by table', act: () => show(app) });
  register(state, {
    words: 'start',
    does: 'start our own server, if it is not running, and bring its tables to this release',
    act: () => start(app),
  });
  register(state, { words: 'stop', does: 'stop our own server; a running worker starts it again', act: () => stop(app) });
  register(state, { words: 'migrate', does: 'bring the tables to this release, those of the queue too', act: () => migrate(app) });
  register(state, {
    words: 'backup <place>',
    does: 'write all rows to a new file, or to one of today in a folder, checked after writing',
    act: file => backup(app, file),
  });
  register(state, { words: 'restore <file>', does: 'bring a backup back into an empty state', act: file => restore(app, file) });
};

interface Verb {
  readonly words: string;
  readonly does: string;
  /** Gives what to print. */
  readonly act: (file: string) => Promise<string>;
}

function register(state: Command, { words, does, act }: Verb): void {
  state
    .command(words)
    .description(does)
    .action(async (file: unknown) => {
      const text = await act(typeof file === 'string' ? resolve(file) : '');
      process.stdout.write(`${text}\n`);
    });
}

async function show(app: App): Promise<string> {
  const facts = await (
    await app.state()
  ).all(async tx => {
    const [server] = await tx.query(`select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
      (select max(number) from resurgam_migration) as migration`);
    const names = await tx.query(`select tablename::text as name from pg_tables where schemaname = '${SCHEMA}' order by tablename`);
    const counts: string[] = [];
    for (const { name } of names) counts.push(`  ${text(name).padEnd(20)} ${text((await tx.query(countOf(name)))[0]?.['n'])}`);
    return { server, counts };
  });
  return [...(await lines(app, facts.server)), 'Rows', ...facts.counts].join('\n');
}

async function lines(app: App, server: Row | undefined): Promise<readonly string[]> {
  const folder = privateFolderOf({ path: app.homePath });
  const own = app.databaseUrl === undefined ? await findPrivateServer(folder) : undefined;
  return [
    `Place      ${app.databaseUrl === undefined ? folder : 'the server that DATABASE_URL names'}`,
    ...(own === undefined ? [] : [`Process    ${own.pid}, socket in ${own.socket}`]),
    `Server     PostgreSQL ${text(server?.['version'])}`,
    `Tables     of step ${text(server?.['migration'])}`,
    `Size       ${(Number(server?.['bytes']) / 1_048_576).toFixed(1)} MiB`,
  ];
}

function countOf(table: unknown): string {
  return `select count(*) as n from "${text(table).replaceAll('"', '""')}"`;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

async function migrate(app: App): Promise<string> {
  const said = await start(app);
  const queue = await app.queue({ name: 'resurgam state migrate', explain: () => undefined });
  return queue === undefined ? said : `${said} So are those of the queue.`;
}

async function start(app: App): Promise<string> {
  const rows = await (await app.state()).all(tx => tx.query('select max(number) as newest from resurgam_migration'));
  return `The state is there, with tables of step ${text(rows[0]?.['newest'])}.`;
}

async function stop(app: App): Promise<string> {
  if (app.databaseUrl !== undefined) {
    throw new CommandError('expected a server of our own, DATABASE_URL names another', {
      exitCode: EXIT.usage,
      hint: 'Stop it where it runs.',
    });
  }
  const stopped = await stopPrivateServer(privateFolderOf({ path: app.homePath }));
  return stopped ? 'Stopped. The next command that needs the state starts it again.' : 'It was not running.';
}

async function backup(app: App, place: string): Promise<string> {
  const at = app.now();
  const file = (await isFolder(place)) ? join(place, `state-${at.replaceAll(/[-:]|\.\d+/g, '')}.jsonl.gz`) : place;
  return `Written and read again: ${file}, ${summary(await backUpState(await addressOf(app), { file, at }))}.`;
}

/** What cannot be looked at cannot be written either, and that says why. */
async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    facts => facts.isDirectory(),
    () => false,
  );
}

async function restore(app: App, file: string): Promise<string> {
  return `Restored and compared: ${summary(await restoreState(await addressOf(app), file))}.`;
}

async function addressOf(app: App): Promise<{ readonly where: string; readonly connectionString: string }> {
  const { connectionString } = await app.state();
  return { where: app.databaseUrl === undefined ? privateFolderOf({ path: app.homePath }) : 'DATABASE_URL', connectionString };
}

function summary(header: StateHeader): string {
  const tables = Object.values(header.tables);
  return `${tables.reduce((sum, { rows }) => sum + rows, 0)} rows of ${tables.length} tables, taken at ${header.at}`;
}
