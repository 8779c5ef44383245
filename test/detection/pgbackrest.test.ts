import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { passVariable } from '../../src/backup/pgbackrest/options.ts';
import { pgBackRest } from '../../src/backup/pgbackrest/tool.ts';
import type { Listing } from '../../src/backup/backup.ts';
import { copyOf } from '../fixtures/archiving-source.ts';
import { PASS, STANZA, startPgBackRestSource, type PgBackRestSource } from '../fixtures/pgbackrest-source.ts';
import { accessTo, alarms, recoverFrom, type RecoverOptions, type Recovered } from '../fixtures/recovering.ts';

let source: PgBackRestSource;
const made: string[] = [];

/** 500 rows in the full backup, 500 more in the incremental one, 500 more in the archive alone. */
beforeAll(async () => {
  source = await startPgBackRestSource();
  await source.addRows(500);
  await source.backup('full');
  await source.addRows(500);
  await source.backup('incr');
  await source.addRows(250);
  await source.addRows(250);
});
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});
afterAll(() => source.stop());

const ENV = { [passVariable(1)]: PASS };
const optionsIn = (repository: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ stanza: STANZA, repository, cipherPass: { env: 'PASS' } },
  ...more,
});
const recover = (repository: string, more: Readonly<Record<string, unknown>> = {}, how: RecoverOptions = {}): Promise<Recovered> =>
  recoverFrom(pgBackRest, optionsIn(repository, more), { env: ENV, ...how });
const list = (repository: string, env: Readonly<Record<string, string>> = ENV): Promise<Listing> =>
  pgBackRest.list(accessTo(pgBackRest, optionsIn(repository), env), new AbortController().signal);

async function copy(): Promise<string> {
  const folder = await copyOf(source.repository);
  made.push(folder);
  return folder;
}

const backups = (repository: string): string => join(repository, 'backup', STANZA);

async function fullIn(repository: string): Promise<string> {
  const name = (await readdir(backups(repository))).find(one => one.endsWith('F')) ?? '';
  return join(backups(repository), name);
}

/** A file of the full backup that later ones rely on. */
async function fileIn(repository: string): Promise<string> {
  const folder = join(await fullIn(repository), 'pg_data/base/1');
  return join(folder, (await readdir(folder)).find(name => name.startsWith('1255.')) ?? '');
}

async function segmentsIn(repository: string): Promise<readonly string[]> {
  const names = await readdir(join(repository, 'archive', STANZA), { recursive: true });
  return names
    .filter(name => /\/[0-9A-F]{24}-/.test(name))
    .sort()
    .map(name => join(repository, 'archive', STANZA, name));
}

describe('an encrypted repository that is healthy passes without alarm', () => {
  test('to the newest transaction, from the incremental backup, with neither repository nor passphrase in the second jail', async () => {
    const got = await recover(source.repository);

    expect([alarms(got.findings), got.point?.kind, got.point?.encrypted, got.rows]).toEqual([[], 'pitr', true, 1500]);
    expect(got.findings.map(found => found.code)).toEqual(expect.arrayContaining(['backup.ok', 'restore.log-replayed']));
  });

  test.each([
    ['full', 500],
    ['incremental', 1000],
  ] as const)('the %s backup alone', async (kind, rows) => {
    const got = await recover(source.repository, { verify: false }, { kind });

    expect([alarms(got.findings), got.rows]).toEqual([[], rows]);
  });

  test('of two repositories the backups of both are listed', async () => {
    const further = [{ repository: await copy(), cipherPass: { env: 'PASS' } }];
    const store = accessTo(pgBackRest, optionsIn(source.repository, { further }), { ...ENV, [passVariable(2)]: PASS });

    const { points, findings } = await pgBackRest.list(store, new AbortController().signal);

    expect([points.length, new Set(points.map(({ id }) => id)).size, alarms(findings)]).toEqual([6, 6, []]);
  });
});

describe('pgBackRest ends with 0, and it is found all the same', () => {
  test('W19: bytes of a file in the repository changed', async () => {
    const repository = await copy();
    const file = await fileIn(repository);
    const content = await readFile(file);
    await rm(file);
    await writeFile(file, content.fill(0xa5, 100, 110));

    expect(alarms((await recover(repository)).findings)).toContain('backup.digest-mismatch failed');
  });

  // pgBackRest tries again after 15 seconds.
  test('W19: a file in the repository was cut, so that it cannot be decrypted: the passphrase is not to blame', async () => {
    const repository = await copy();
    const file = await fileIn(repository);
    const content = await readFile(file);
    await rm(file);
    await writeFile(file, content.subarray(0, content.length - 100));

    expect(alarms((await recover(repository, { verify: false })).findings)).toEqual(['restore.corrupt failed']);
  });

  test('W20: the log of the newest backup is gone', async () => {
    const repository = await copy();
    const { points } = await list(repository);
    const first = (points.find(({ kind }) => kind === 'incremental')?.handle['segments'] as string[])[0] ?? '';
    for (const file of await segmentsIn(repository)) if (file.includes(first)) await rm(file);

    expect(alarms((await list(repository)).findings)).toEqual(['backup.wal-missing failed']);
  });

  test('W08: a segment after it is gone', async () => {
    const repository = await copy();
    await rm((await segmentsIn(repository)).at(-2) ?? '');

    const { findings } = await list(repository);

    expect(alarms(findings)).toEqual(['backup.wal-gap failed']);
  });

  test.each([
    ['of a segment in the middle changed', -2, (content: Buffer) => content.fill(0xa5, content.length / 2, content.length / 2 + 16)],
    ['at the end of the last segment changed', -1, (content: Buffer) => content.fill(0xa5, content.length - 16)],
    ['of the last segment are missing', -1, (content: Buffer) => content.subarray(0, content.length - 100)],
  ])('W24: bytes %s', async (_what, at, spoil) => {
    const repository = await copy();
    const file = (await segmentsIn(repository)).at(at) ?? '';
    const content = await readFile(file);
    await rm(file);
    await writeFile(file, spoil(content));

    expect(alarms((await recover(repository, { verify: false })).findings)).toEqual(['backup.wal-damaged failed']);
  });

  test('W11: a moment that the archive does not reach', async () => {
    const got = await recover(source.repository, { target: { time: '2099-01-01T00:00:00Z' } });

    expect(alarms(got.findings)).toContain('restore.target-not-reached failed');
  });

  test('W21: the full backup was pruned', async () => {
    const repository = await copy();
    await rm(await fullIn(repository), { recursive: true });

    expect(alarms((await list(repository)).findings)).toContain('backup.base-missing failed');
  });

  test('W22: a file that the incremental backup refers to is lost', async () => {
    const repository = await copy();
    await rm(await fileIn(repository));

    expect(alarms((await recover(repository)).findings)).toContain('backup.files-missing failed');
  });

  test.each([
    ['a wrong one', 'nonsense'],
    ['none', ''],
  ])('W27: %s instead of the passphrase says nothing about the backups', async (_name, pass) => {
    await expect(list(source.repository, { [passVariable(1)]: pass })).rejects.toMatchObject({ code: 'credentials-refused' });
  });

  test('W05: the source has a damaged page', async () => {
    const { rows } = await source.server.sql('ehr', `checkpoint; select pg_relation_filepath('visit') as path`).then(both => {
      return (both as unknown as { rows: { path: string }[] }[])[1] ?? { rows: [] };
    });
    const file = join(source.server.data, rows[0]?.path ?? '');
    const content = await readFile(file);
    await writeFile(file, content.fill(0xa5, 9_000, 9_010));
    await source.backup('incr');

    expect(alarms((await list(source.repository)).findings)).toContain('backup.page-errors failed');
  });
});
