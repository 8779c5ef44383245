import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparePart, removePart, takePlace } from '../../src/recovery/server.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

let server: SourceServer;
beforeAll(async () => {
  server = await startSourceServer();
});
afterAll(() => server.stop());

const placeIn = (database: string) => ({
  at: { socket: server.socket, port: 5432, user: 'postgres', database },
  recovery: 'r-20261127T080003Z-7c31',
});
const databases = async (like: string): Promise<readonly string[]> => {
  const { rows } = await server.sql('postgres', `select datname from pg_database where datname like '${like}%' order by 1`);
  return (rows as { datname: string }[]).map(row => row.datname);
};

test('what was restored takes the place of the empty database, and nothing else is left', async () => {
  await server.createDatabase('spare');
  const target = await preparePart(placeIn('spare'));
  await target.sql('create table came_back (n int)');

  await takePlace(placeIn('spare'), 'database');

  expect(await databases('spare')).toEqual(['spare']);
  expect((await server.sql('spare', 'select count(*)::int as n from came_back')).rows).toEqual([{ n: 0 }]);
});

test('a database that somebody filled while the restore ran is kept', async () => {
  await server.createDatabase('filled');
  await preparePart(placeIn('filled'));
  await server.sql('filled', 'create table new_patients (n int)');

  await expect(takePlace(placeIn('filled'), 'database')).rejects.toMatchObject({ code: 'refused' });
  expect((await server.sql('filled', 'select count(*)::int as n from new_patients')).rows).toEqual([{ n: 0 }]);
});

test('a recovery that was cut off between the two goes on there, however often', async () => {
  await server.createDatabase('cut');
  const target = await preparePart(placeIn('cut'));
  await target.sql('create table came_back (n int)');
  await server.sql('postgres', 'drop database cut');

  for (let times = 0; times < 3; times += 1) await takePlace(placeIn('cut'), 'database');

  expect(await databases('cut')).toEqual(['cut']);
  expect((await server.sql('cut', 'select count(*)::int as n from came_back')).rows).toEqual([{ n: 0 }]);
});

test('what is given up is taken away, and the empty database stays', async () => {
  await server.createDatabase('given-up');
  await preparePart(placeIn('given-up'));

  expect([await removePart(placeIn('given-up')), await removePart(placeIn('given-up'))]).toEqual([true, false]);
  expect(await databases('given-up')).toEqual(['given-up']);
});

test('the database that comes has the owner, the grants and the settings of the empty one', async () => {
  await server.sql('postgres', 'create role "Clinic"; create role reader');
  await server.createDatabase('owned', 'owner "Clinic"');
  await server.sql('postgres', 'revoke connect on database owned from public; grant connect on database owned to reader with grant option');
  await server.sql(
    'postgres',
    "alter database owned set search_path = clinic, public; alter database owned set timezone = 'America/Chicago'",
  );
  const declared = await server.sql('postgres', LIKE);

  await preparePart(placeIn('owned'));
  await takePlace(placeIn('owned'), 'database');

  expect((await server.sql('postgres', LIKE)).rows).toEqual(declared.rows);
});

const LIKE = `select pg_get_userbyid(datdba) as owner, (select array_agg(acl::text order by acl::text) from unnest(datacl) acl)::text as acl,
  (select setconfig::text from pg_db_role_setting where setdatabase = d.oid and setrole = 0) as settings from pg_database d where datname = 'owned'`;
