import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { privateConnection, privateFolderOf } from '../../../src/store/state/address.ts';
import { MIGRATIONS } from '../../../src/store/state/migrate.ts';
import { openState } from '../../../src/store/state/open.ts';
import { runPrivateServer, stopPrivateServer } from '../../../src/system/private-postgres.ts';

const OPENING = join(import.meta.dirname, 'opening.mjs');
/** The built program: what set-up has just made of these sources. */
const BUILT = join(import.meta.dirname, '../../../dist');
const GATE = 4_711;
/** Of the tables of the first step one in the middle: others are made before it, others after it. */
const IN_THE_MIDDLE = 'delivery';

/** A home whose private server holds up a migration once this table is made, until the gate is opened. */
interface HeldUp {
  readonly home: string;
  readonly gate: pg.Client;
  /** A process that opens the state: it is now in the middle of the migration. */
  readonly opening: ChildProcess;
}

async function heldUp(home: string): Promise<HeldUp> {
  const { socket } = await runPrivateServer({ folder: privateFolderOf({ path: home }) });
  const admin = await connected(privateConnection(socket, 'postgres'));
  await admin.query('create database resurgam');
  await admin.end();
  const gate = await connected(privateConnection(socket, 'resurgam'));
  await gate.query(`create function public.hold_up() returns event_trigger language plpgsql as $$ begin
      if exists (select from pg_event_trigger_ddl_commands() where object_identity = 'resurgam.${IN_THE_MIDDLE}') then
        perform pg_advisory_xact_lock(${GATE});
      end if;
    end $$;
    create event trigger hold_up on ddl_command_end when tag in ('CREATE TABLE') execute function public.hold_up()`);
  await gate.query(`select pg_advisory_lock(${GATE})`);
  const opening = spawn('node', [OPENING, BUILT, home, 'lakeside'], { env: { PATH: process.env['PATH'] }, cwd: '/', stdio: 'ignore' });
  const waiting = "select 1 from pg_locks where locktype = 'advisory' and objid = $1 and not granted";
  while ((await gate.query(waiting, [GATE])).rowCount === 0) await new Promise(resolve => setTimeout(resolve, 20));
  return { home, gate, opening };
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** What there is of our tables. */
async function tables(home: string): Promise<number> {
  const { socket } = await runPrivateServer({ folder: privateFolderOf({ path: home }) });
  const client = await connected(privateConnection(socket, 'resurgam'));
  const { rowCount } = await client.query("select 1 from pg_class where relnamespace = to_regnamespace('resurgam') and relkind = 'r'");
  await client.end();
  return rowCount ?? 0;
}

async function ended({ opening }: HeldUp): Promise<void> {
  if (opening.exitCode === null && opening.signalCode === null) await once(opening, 'close');
}

test.each<[string, (held: HeldUp) => Promise<void>]>([
  [
    'whose process is killed',
    async held => {
      held.opening.kill('SIGKILL');
      await ended(held);
      // Its backend ends only when it has something to say to it.
      await held.gate.query(`select pg_advisory_unlock(${GATE})`);
      await held.gate.end();
    },
  ],
  [
    'whose server is killed',
    async held => {
      const file = join(privateFolderOf({ path: held.home }), 'data/postmaster.pid');
      process.kill(Number((await readFile(file, 'utf8')).split('\n')[0]), 'SIGKILL');
      await ended(held);
      await held.gate.end().catch(() => undefined);
    },
  ],
])('a migration %s in the middle leaves nothing, and the next start makes it whole', async (_how, kill) => {
  const home = await mkdtemp('/tmp/rsg-migrating-');
  try {
    await kill(await heldUp(home));
    const left = await tables(home);

    const state = await openState({ home: { path: home } });
    await state.of('lakeside', tx => tx.query("insert into follow_cursor (client, seq) values ('lakeside', 1)"));
    const steps = await state.all(tx => tx.query('select number from resurgam_migration order by 1'));
    await state.close();

    expect(left).toBe(0);
    expect(steps).toEqual(MIGRATIONS.map(({ number }) => ({ number })));
    expect(await tables(home)).toBeGreaterThan(10);
  } finally {
    await stopPrivateServer(privateFolderOf({ path: home }));
    await rm(home, { recursive: true, force: true });
  }
});
