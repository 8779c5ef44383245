import { Command } from 'commander';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { stateCommand } from '../../src/cli/state.ts';
import { compose } from '../../src/compose.ts';
import { stopPrivateServer } from '../../src/system/private-postgres.ts';

let folder: string;
let app: App;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-state-');
  app = compose({ env: { RESURGAM_HOME: join(folder, 'home') }, stop: new AbortController().signal });
});
afterAll(async () => {
  await app.closeState();
  await stopPrivateServer(join(folder, 'home/postgres'));
  await rm(folder, { recursive: true, force: true });
});

/** What `resurgam state …` prints. */
async function say(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0);
  const program = new Command().exitOverride();
  stateCommand(program, { app, exit: () => undefined });
  await program.parseAsync(['state', ...words], { from: 'user' }).finally(() => write.mockRestore());
  return printed.join('');
}

/** Its number, as the server itself wrote it down. */
const postmaster = async () => (await readFile(join(folder, 'home/postgres/data/postmaster.pid'), 'utf8')).split('\n')[0];

const rows = () => app.state().then(state => state.of('lakeside', tx => tx.query('select seq from follow_cursor')));

test('the state of a new home is there when it is asked for, and says where it is and what it holds', async () => {
  expect(await say('start')).toBe('The state is there, with tables of step 3.\n');

  const text = await say('show');

  expect(text).toContain(`Place      ${folder}/home/postgres\n`);
  expect(text).toMatch(/^Server {5}PostgreSQL 18\.\d+$/m);
  expect(text).toMatch(/^ {2}occurrence +0$/m);
});

test('a server that was killed under us is started again by the next transaction, with all that was kept', async () => {
  const state = await app.state();
  await state.of('lakeside', tx => tx.query("insert into follow_cursor (client, seq) values ('lakeside', 4)"));

  const killed = await postmaster();
  process.kill(Number(killed), 'SIGKILL');

  // A connection outlives its server for a moment, and may still answer or die while it does.
  const again = async (): Promise<void> => {
    await rows();
    expect(await postmaster()).not.toBe(killed);
  };
  await vi.waitFor(again, { timeout: 60_000, interval: 50 });
  expect(await rows()).toEqual([{ seq: 4 }]);
});

test('a backup of it is written, and not brought back over what is there', async () => {
  const file = join(folder, 'state.jsonl.gz');

  expect(await say('backup', file)).toContain(`Written and read again: ${file}, 1 rows of `);
  expect(await say('backup', folder)).toMatch(
    new RegExp(`^Written and read again: ${folder}/state-\\d{8}T\\d{6}Z\\.jsonl\\.gz, 1 rows of `),
  );
  await expect(say('restore', file)).rejects.toThrow('holds rows already');
  await expect(say('backup', file)).rejects.toThrow('a name that is free');

  await (await app.state()).all(tx => tx.query('delete from follow_cursor'));
  expect(await say('restore', file)).toContain('Restored and compared: 1 rows of ');
  expect(await rows()).toEqual([{ seq: 4 }]);
});

test('our own server can be stopped, one that was given cannot', async () => {
  expect(await say('stop')).toContain('Stopped.');
  expect(await say('stop')).toContain('It was not running.');

  app = { ...app, databaseUrl: 'postgres://somewhere/state' };
  await expect(say('stop')).rejects.toThrow('DATABASE_URL names another');
});
