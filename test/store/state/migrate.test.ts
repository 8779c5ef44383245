import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate, MIGRATIONS, newestIn, type Migration } from '../../../src/store/state/migrate.ts';
import { openState } from '../../../src/store/state/open.ts';
import { testState } from '../../fixtures/state.ts';

const NEXT = MIGRATIONS.length + 1;
const step = (sql: string, number = NEXT): Migration => ({ number, name: 'a step', sql });

async function connected(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const there = async (client: pg.Client, table: string): Promise<boolean> =>
  (await client.query<{ there: boolean }>(`select to_regclass('resurgam.${table}') is not null as there`)).rows[0]?.there === true;

test('the steps have the numbers 1, 2, 3 and so on', () => {
  expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});

test('a step is made once', async () => {
  await using at = await testState();
  await using client = await connected(at.url);
  const steps = [...MIGRATIONS, step('create table extra (x int)')];

  expect(await migrate(client, steps)).toEqual([NEXT]);
  expect(await migrate(client, steps)).toEqual([]);
  expect(await there(client, 'extra')).toBe(true);
});

test.each([
  ['fails', 'select 1 / 0'],
  ['is cut off', 'select pg_terminate_backend(pg_backend_pid()), pg_sleep(10)'],
])('a step that %s leaves nothing, and is made the next time', async (_how, end) => {
  await using at = await testState();
  const broken = await connected(at.url);
  await using client = await connected(at.url);

  await expect(migrate(broken, [...MIGRATIONS, step(`create table extra (x int); ${end}`)])).rejects.toThrow();
  await broken.end().catch(() => undefined);
  expect(await there(client, 'extra')).toBe(false);

  expect(await migrate(client, [...MIGRATIONS, step('create table extra (x int)')])).toEqual([NEXT]);
});

test('of several processes that begin at once each step is made by one', async () => {
  await using at = await testState();
  await using server = await connected(at.url);
  await server.query('drop schema resurgam cascade');

  const states = await Promise.all(Array.from({ length: 6 }, () => openState({ home: { path: '/nowhere' }, databaseUrl: at.url })));

  const rows = await states[0]?.all(tx => tx.query('select number from resurgam_migration order by 1'));
  await Promise.all(states.map(state => state.close()));
  expect(rows).toEqual(MIGRATIONS.map(({ number }) => ({ number })));
});

test('tables of a newer release are left alone', async () => {
  await using at = await testState();
  await using client = await connected(at.url);
  await migrate(client, [...MIGRATIONS, step('create table extra (x int)')]);

  await expect(openState({ home: { path: '/nowhere' }, databaseUrl: at.url })).rejects.toMatchObject({
    name: 'StoreError',
    code: 'state-newer',
    hint: expect.stringContaining('Upgrade') as string,
  });
  await expect(newestIn(client)).rejects.toMatchObject({ code: 'state-newer' });
});

test('a user who may not make tables can use those that are there, and is told when they are missing', async () => {
  await using at = await testState();
  await using client = await connected(at.url);
  await client.query(`create role worker_only login; grant usage on schema resurgam to worker_only;
    grant select, insert, update, delete on all tables in schema resurgam to worker_only`);
  const databaseUrl = at.url.replace('//resurgam@', '//worker_only@');

  const state = await openState({ home: { path: '/nowhere' }, databaseUrl });
  await state.of('lakeside', tx => tx.query("insert into follow_cursor (client, seq) values ('lakeside', 1)"));
  expect(await state.of('hillside', tx => tx.query('select * from follow_cursor'))).toEqual([]);
  await state.close();

  await client.query('drop schema resurgam cascade');
  await expect(openState({ home: { path: '/nowhere' }, databaseUrl })).rejects.toMatchObject({ name: 'StoreError', code: 'broke' });
  await client.query('drop owned by worker_only; drop role worker_only');
});

test('a role of that name whom row-level security would not bind is refused', async () => {
  await using at = await testState();
  await using client = await connected(at.url);
  await client.query('alter role resurgam_client bypassrls');

  const opened = openState({ home: { path: '/nowhere' }, databaseUrl: at.url });
  await expect(opened.finally(() => client.query('alter role resurgam_client nobypassrls'))).rejects.toMatchObject({
    code: 'state-unreachable',
    message: expect.stringContaining('resurgam_client') as string,
  });
});
