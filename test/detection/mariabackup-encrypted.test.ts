import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUp, bad, drillBackup } from '../fixtures/mariabackup-drilling.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import type { Recovered } from '../fixtures/recovering.ts';

const key = (number: number): string => `${number};${randomBytes(32).toString('hex')}`;
const KEYS = [key(1), key(2)] as const;
const counted = 'select count(*) as n from ehr.open';
let good: string;
let keysAt: string;
let source: MariaServer;

/** Tables under two keys, in files of other page sizes than usual, and changes while the backup runs. */
beforeAll(async () => {
  good = await mkdtemp('/tmp/rsg-mariabackup-encrypted-');
  keysAt = await mkdtemp('/tmp/rsg-mariabackup-keys-');
  await chmod(keysAt, 0o755);
  await writeFile(join(keysAt, 'keys'), `${KEYS.join('\n')}\n`);
  source = await startMariaServer([
    '--plugin-load-add=file_key_management',
    `--file-key-management-filename=${join(keysAt, 'keys')}`,
    '--file-key-management-encryption-algorithm=aes_ctr',
    '--innodb-undo-tablespaces=2',
  ]);
  await source.sql(`create database ehr; use ehr;
    create table patient (id int primary key, name text) encrypted=yes encryption_key_id=2; insert into patient select seq, md5(seq) from seq_1_to_2000;
    create table visit (id int primary key, note text) encrypted=yes encryption_key_id=1; insert into visit select seq, md5(seq) from seq_1_to_2000;
    create table open (id int primary key);`);
  // The log since the last checkpoint names no encrypted table.
  await source.settle();
  await source.sql('use ehr; insert into open select seq from seq_1_to_100');
  await source.settle();
  await backUp(source, join(good, 'quiet'));
});
afterAll(async () => {
  await source.stop();
  await Promise.all([good, keysAt].map(folder => rm(folder, { recursive: true, force: true })));
});

function drillWith(keys: readonly string[] | undefined): Promise<Recovered> {
  if (keys === undefined) return drillBackup({ good, counted });
  const encryption = { keys: { env: 'LAB_KEYS' }, algorithm: 'aes_ctr' };
  return drillBackup({ good, counted, options: { encryption }, env: { RESURGAM_MARIADB_KEYS: keys.join('\n') } });
}

test('encrypted tables come back with the keys that the plan names', async () => {
  const drilled = await drillWith(KEYS);

  expect([bad(drilled), drilled.rows]).toEqual([[], 100]);
  for (const one of KEYS) expect(JSON.stringify(drilled)).not.toContain(one.slice(2));
});

test('M19: a key that is lost is named, although preparing says that all is well', async () => {
  const drilled = await drillWith([KEYS[0]]);

  expect(drilled.findings.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
    { code: 'restore.table-key-missing', object: 'key 2', observed: 1 },
    { code: 'integrity.table-unreadable', object: 'ehr.patient' },
  ]);
});

test('M19: a key that is another one is told from damage', async () => {
  const drilled = await drillWith([KEYS[0], key(2)]);

  expect(bad(drilled)).toEqual(expect.arrayContaining(['restore.table-key-wrong', 'integrity.table-unreadable']));
});

test('M19: a plan without keys says nothing about the backup, and which keys it lacks', async () => {
  expect(keysIn(await drillWith(undefined))).toEqual(['inconclusive, key 1', 'inconclusive, key 2']);
});

test('M19: a log that names an encrypted table cannot be replayed without its key', async () => {
  // Nothing is written to the files at once any more, or there may be a checkpoint before the backup begins.
  await source.sql("set global innodb_max_dirty_pages_pct = 99; update ehr.patient set name = 'x' where id < 100");
  await backUp(source, join(good, 'busy'));

  const [without, lost, whole] = [await drillWith(undefined), await drillWith([KEYS[0]]), await drillWith(KEYS)];

  expect([without, lost].map(keysIn)).toEqual([['inconclusive, key 1', 'inconclusive, key 2'], ['failed, key 2']]);
  expect([bad(whole), whole.rows]).toEqual([[], 100]);
});

/** The keys that are missing, and nothing else that did not pass. */
function keysIn(drilled: Recovered): readonly string[] {
  expect(new Set(bad(drilled))).toEqual(new Set(['restore.table-key-missing']));
  return drilled.findings.filter(({ object }) => object?.startsWith('key ')).map(({ outcome, object }) => `${outcome}, ${object}`);
}
