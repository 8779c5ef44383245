import pg from 'pg';
import { expect, test } from 'vitest';
import { CLIENT_TABLES } from '../../../src/store/state/migration-0001.ts';
import { SHARED_TABLES } from '../../../src/store/state/migration-0002.ts';
import { openState } from '../../../src/store/state/open.ts';
import type { State, Tx } from '../../../src/store/state/state.ts';
import { startSourceServer } from '../../fixtures/source-server.ts';
import { testState, type TestState } from '../../fixtures/state.ts';

const note =
  (client: string, seq = 1) =>
  (tx: Tx) =>
    tx.query('insert into follow_cursor (client, seq) values ($1, $2) returning client', [client, seq]);
const read = (tx: Tx) => tx.query('select client, seq from follow_cursor order by client');

/** The same for the superuser of our own server and for the ordinary owner of a database. */
async function expectApart(state: State): Promise<void> {
  await state.of('lakeside', note('lakeside'));
  await state.of('hillside', note('hillside', 7));

  expect(await state.of('lakeside', read)).toEqual([{ client: 'lakeside', seq: 1 }]);
  expect(await state.of('nobody', read)).toEqual([]);
  expect(await state.of('lakeside', tx => tx.query("update follow_cursor set seq = 0 where client = 'hillside' returning client"))).toEqual(
    [],
  );
  expect(await state.of('lakeside', tx => tx.query('delete from follow_cursor returning client'))).toEqual([{ client: 'lakeside' }]);
  await expect(state.of('lakeside', note('hillside'))).rejects.toMatchObject({ code: '42501' });
  await expect(
    state.of('hillside', tx => tx.query("update follow_cursor set client = 'lakeside' where client = 'hillside'")),
  ).rejects.toMatchObject({ code: '42501' });
  expect(await state.all(read)).toEqual([{ client: 'hillside', seq: 7 }]);
}

/** What the server shows to somebody who is inside, without our API around him. */
async function askPlainly(url: string, ...texts: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const text of texts) rows = (await client.query(text)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

test('a transaction of one client neither reads, writes, changes nor deletes rows of another', async () => {
  await using at = await testState();

  await expectApart(at.state);
});

test('the owner of a database on a given server, who is no superuser, is bound in the same way', async () => {
  const server = await startSourceServer();
  try {
    await server.sql('postgres', 'create role owner_of_state login');
    await server.createDatabase('given', 'owner owner_of_state');
    const url = `postgres://owner_of_state@/given?host=${encodeURIComponent(server.socket)}`;
    const state = await openState({ home: { path: '/nowhere' }, databaseUrl: url });

    await expectApart(state);
    await state.close();
    expect(await askPlainly(url, 'select * from resurgam.follow_cursor')).toEqual([]);
    expect(await askPlainly(url, "select 1 from pg_roles where rolname = 'resurgam_client'")).toEqual([]);
  } finally {
    await server.stop();
  }
});

test('every table that has rows of clients is under the forced policy', async () => {
  await using at = await testState();

  const rows = await at.state.all(tx =>
    tx.query(`select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity
        and (select count(*) = 1 and bool_and(p.permissive = 'PERMISSIVE' and p.qual = p.with_check) from pg_policies p where p.tablename = c.relname) as guarded
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'client' and c.relkind = 'r'
      where c.relnamespace = 'resurgam'::regnamespace order by 1`),
  );

  expect(rows).toEqual([...CLIENT_TABLES, ...SHARED_TABLES].sort().map(name => ({ name, guarded: true })));
});

test('a transaction inside another one has its own client', async () => {
  await using at = await testState();

  await at.state.of('lakeside', async outer => {
    await note('lakeside')(outer);
    await at.state.of('hillside', note('hillside'));
    expect(await read(outer)).toEqual([{ client: 'lakeside', seq: 1 }]);
  });
  expect(await at.state.all(read)).toHaveLength(2);
});

test.each([
  ["select set_config('resurgam.client', 'hillside', true)"],
  ['select $1, pg_catalog.set_config($2, $3, true)'],
  ['with a as (select SET_CONFIG($1, $2, true)) select * from a'],
  ["update pg_settings set setting = 'hillside' where name = $1"],
  [String.raw`select U&"set\005fconfig"($1, $2, true)`],
  ['set role resurgam'],
  ['reset role'],
  ['set local resurgam.client = $1'],
  ['commit'],
  ['rollback'],
  ["do $$ begin perform set_config('x', 'y', true); end $$"],
  ['begin'],
  ['  reset all'],
  ["copy follow_cursor to '/tmp/x'"],
  ['alter table follow_cursor disable row level security'],
  ['-- a remark\nselect 1'],
])('a transaction refuses to say: %s', async text => {
  await using at = await sharedState();

  await expect(at.state.of('lakeside', tx => tx.query(text, ['resurgam.client', 'hillside', 'x']))).rejects.toThrow(TypeError);
});

let shared: Promise<TestState> | undefined;
/** Left to the end of the file: nothing is written to it. */
async function sharedState(): Promise<{ state: State; [Symbol.asyncDispose]: () => Promise<void> }> {
  const { state } = await (shared ??= testState());
  return { state, [Symbol.asyncDispose]: () => Promise.resolve() };
}

test('one query is one statement', async () => {
  await using at = await testState();
  await at.state.of('hillside', note('hillside'));

  const words = 'select 1; select client from follow_cursor; commit; set session authorization default; delete from resurgam.follow_cursor';
  await expect(at.state.of('lakeside', tx => tx.query(words))).rejects.toMatchObject({ code: '42601' });

  expect(await at.state.all(read)).toHaveLength(1);
});

test('a transaction cannot be used once it has ended', async () => {
  await using at = await testState();
  let kept: Tx | undefined;
  await at.state.all(tx => Promise.resolve((kept = tx)));

  await expect(kept?.query('select 1')).rejects.toThrow('has ended');
});

test.each(['*', '', '../x', "a'b", 'a b'])('a client cannot be called "%s"', async name => {
  await using at = await sharedState();

  await expect(at.state.of(name, read)).rejects.toMatchObject({ code: 'bad-name' });
});

test('what a connection served before does not show in its next transaction', async () => {
  await using at = await testState();

  await Promise.all(Array.from({ length: 12 }, (_, i) => at.state.of(`client-${i}`, note(`client-${i}`))));
  const seen = await Promise.all(Array.from({ length: 12 }, (_, i) => at.state.of(`client-${i}`, read)));

  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => [{ client: `client-${i}`, seq: 1 }]));
});

test('work that throws leaves nothing, and its error is what the caller gets', async () => {
  await using at = await testState();
  const error = new Error('not today');

  const work = async (tx: Tx): Promise<never> => {
    await note('lakeside')(tx);
    throw error;
  };

  await expect(at.state.of('lakeside', work)).rejects.toBe(error);
  expect(await at.state.all(read)).toEqual([]);
});

test('work that passes over an error of the database is told that nothing was kept', async () => {
  await using at = await testState();

  const work = async (tx: Tx): Promise<void> => {
    await note('lakeside')(tx);
    await tx.query('select 1 / 0').catch(() => undefined);
  };

  await expect(at.state.of('lakeside', work)).rejects.toMatchObject({ name: 'StoreError', code: 'broke' });
  expect(await at.state.all(read)).toEqual([]);
});

test('values come as the interface says, whatever the server, the database and the environment have set', async () => {
  await using at = await testState();
  const name = new URL(at.url.replace('@/', '@x/')).pathname.slice(1);
  await askPlainly(
    at.url,
    `alter role resurgam in database ${name} set timezone = 'Asia/Kolkata'`,
    "alter role resurgam set datestyle = 'German'",
  );
  const state = await openState({ home: { path: '/nowhere' }, databaseUrl: at.url });

  const [row] = await state.all(tx =>
    tx.query(`select 9007199254740991::int8 as whole, count(*) as none, '2026-03-29 02:30:00.123456+05:30'::timestamptz as at,
      '{"a": [1, "x"]}'::jsonb as json, 12.50::numeric as money, '2026-11-22'::date as day, array[1, null]::int8[] as wholes,
      array['2026-01-01Z'::timestamptz] as times, array['a b', null] as words, null::timestamptz as never, '\\x00ff'::bytea as bytes
      from follow_cursor`),
  );
  await expect(state.all(tx => tx.query('select 9007199254740992::int8'))).rejects.toThrow(RangeError);
  await expect(state.all(tx => tx.query("select 'infinity'::timestamptz"))).rejects.toThrow(RangeError);
  await state.close();
  await askPlainly(at.url, 'alter role resurgam reset datestyle');

  expect(row).toEqual({
    whole: 9_007_199_254_740_991,
    none: 0,
    at: '2026-03-28T21:00:00.123Z',
    json: { a: [1, 'x'] },
    money: '12.50',
    day: '2026-11-22',
    wholes: [1, null],
    times: ['2026-01-01T00:00:00.000Z'],
    words: ['a b', null],
    never: null,
    bytes: Buffer.from([0, 255]),
  });
});

test('a connection that the server ends is told as unreachable, and the next transaction works', async () => {
  await using at = await testState();

  const work = (tx: Tx) => tx.query('select pg_sleep(30)');
  const sleeping = at.state.all(work).catch((error: unknown) => error);
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()`;
  await expect.poll(() => askPlainly(at.url, end), { timeout: 60_000 }).toHaveLength(1);

  expect(await sleeping).toMatchObject({ name: 'StoreError', code: 'state-unreachable' });
  expect(await at.state.all(read)).toEqual([]);
});

test('a connection that breaks while nobody asks anything is replaced', async () => {
  await using at = await testState();

  const own = await at.state
    .all(async tx => {
      const [row] = await tx.query('select pg_backend_pid() as pid');
      await askPlainly(at.url, `select pg_terminate_backend(${String(row?.['pid'])}, 5000)`);
      return tx.query('select 1').catch((error: unknown) => error);
    })
    .catch((error: unknown) => error);

  expect(own).toMatchObject({ code: 'state-unreachable' });
  expect(await at.state.all(read)).toEqual([]);
});

test.each([
  ['postgres://me:top-secret@127.0.0.1:1/state'],
  ['postgres://me:top-secret@/state?host=/nowhere'],
  ['postgres://me:top-secret@[bad/state'],
  ['mysql://me:top-secret@localhost/state'],
])('a server that cannot be reached is told without its password: %s', async databaseUrl => {
  const error = await openState({ home: { path: '/nowhere' }, databaseUrl }).catch((cause: unknown) => cause);

  expect(error).toMatchObject({ name: 'StoreError', code: 'state-unreachable' });
  const { message, hint, stack, cause } = error as Error & { hint: string };
  expect([message, hint, stack, JSON.stringify(error), String(cause)].join()).not.toContain('top-secret');
});
