import { afterAll, beforeAll, expect, test } from 'vitest';
import { isHalfPlaced, preparePart, takePlace } from '../../src/recovery/server.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

let server: SourceServer;
beforeAll(async () => {
  server = await startSourceServer();
});
afterAll(() => server.stop());

const placeIn = (database: string) => ({ at: { socket: server.socket, user: 'postgres', database }, recovery: 'r-20261127T080003Z-7c31' });
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

test('a recovery that was cut off when all was restored goes on there, and one that was not begins anew', async () => {
  await server.createDatabase('cut');
  const target = await preparePart(placeIn('cut'));
  await target.sql('create table came_back (n int)');
  expect(await isHalfPlaced(placeIn('cut'))).toBe(false);
  await server.sql('postgres', `alter database "${target.database}" rename to "${target.database}-whole"`);
  await server.sql('postgres', 'drop database cut');

  expect(await isHalfPlaced(placeIn('cut'))).toBe(true);
  expect(await isHalfPlaced({ ...placeIn('cut'), recovery: 'r-of-another-day' })).toBe(false);
  await takePlace(placeIn('cut'), 'database');

  expect(await databases('cut')).toEqual(['cut']);
});
