import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqlite } from '../../../src/backup/sqlite/tool.ts';
import { sqliteService } from '../../../src/service/sqlite/sqlite.ts';
import { alarms, recoverFrom, type Recovered } from '../../fixtures/recovering.ts';
import { inUse, sqliteSource, type SqliteSource } from '../../fixtures/sqlite-source.ts';

let source: SqliteSource;
/** One database, and copies of it as they are made while it is in use: in both of its modes. */
beforeAll(async () => {
  source = await sqliteSource();
  await source.shell(`mkdir wal hot; cp ehr.db quiet.db
    ${inUse('say "begin; pragma cache_size = 5; update visit set note = hex(randomblob(40));"; cp ehr.db hot/; cp ehr.db-journal hot/')}
    sqlite3 ehr.db 'pragma journal_mode = wal'
    ${inUse('say "delete from visit where id > 1900;"; say "delete from visit where id > 1800;"; cp ehr.db* wal/')}`);
});
afterAll(() => source[Symbol.asyncDispose]());

async function recovered(script: string, options: Readonly<Record<string, unknown>> = {}): Promise<Recovered> {
  const place = join(source.folder, 'place');
  await rm(place, { recursive: true, force: true });
  await source.shell(`mkdir place; ${script}`);
  return recoverFrom(sqlite, { from: place, ...options }, { over: sqliteService() });
}

describe('a healthy copy comes back without any alarm', () => {
  test.each([
    ['.backup', 'sqlite3 ehr.db ".backup place/ehr.db"', 1_800, ['backup.log-unknown skipped (note)']],
    ['vacuum into', `sqlite3 ehr.db "vacuum into 'place/ehr.db'"`, 1_800, []],
    ['a plain copy', 'cp quiet.db place/ehr.db', 2_000, []],
    ['a compressed one', 'gzip < quiet.db > place/ehr.db.gz', 2_000, []],
    ['one in zstd', 'zstd -q < quiet.db > place/ehr.db.zst', 2_000, []],
    ['a copy with its log, whose changes are in it', 'cp wal/ehr.db wal/ehr.db-wal place/', 1_800, []],
    ['a copy with its log and its index', 'cp wal/* place/', 1_800, []],
    ['both of them compressed', 'for f in ehr.db ehr.db-wal; do gzip < wal/$f > place/$f.gz; done', 1_800, []],
    ['a copy in the middle of a transaction, with its journal', 'cp hot/* place/', 2_000, []],
    [
      'a log that ends in the middle of a page',
      'cp wal/ehr.db* place/; rm place/*-shm; head -c 1000 wal/ehr.db-wal | tail -c +33 >> place/ehr.db-wal',
      1_800,
      ['backup.log-torn skipped (note)'],
    ],
  ])('%s', async (...[, script, rows, notes]) => {
    const { findings, rows: came, running } = await recovered(script);

    expect([alarms(findings), came]).toEqual([notes, rows]);
    expect((await running?.stillUp())?.code).toBe('service.died');
  });
});

/** Always the same: of real noise one in some two thousand begins as OpenPGP does. */
const NOISE = 'head -c 40960 /dev/zero | openssl enc -aes-256-ctr -K 5ea1 -iv 07 2> /dev/null';

describe('a bad copy is found out', () => {
  test.each([
    ['is cut off', 'head -c 40000 quiet.db > place/ehr.db', 'backup.truncated failed'],
    ['is empty', ': > place/ehr.db', 'backup.empty failed'],
    ['was cut off before it was compressed', 'head -c 40000 quiet.db | gzip > place/ehr.db.gz', 'backup.truncated failed'],
    ['was cut off after it was compressed', 'gzip < quiet.db | head -c 20000 > place/ehr.db.gz', 'backup.truncated failed'],
    ['is a script of SQL', 'sqlite3 quiet.db .dump > place/ehr.db', 'backup.not-a-dump failed'],
    ['has lost the log that its index counts', 'cp wal/ehr.db wal/ehr.db-shm place/', 'backup.log-missing failed'],
    [
      'has a damaged log',
      'cp wal/* place/; printf XXXX | dd of=place/ehr.db-wal bs=1 seek=9000 conv=notrunc status=none',
      'backup.log-damaged failed',
    ],
    [
      'has a log that ends too early, as its index knows',
      'cp wal/* place/; truncate -s 8272 place/ehr.db-wal',
      'backup.log-damaged failed',
    ],
    ['has something else for a log', 'cp wal/ehr.db place/; seq 99 > place/ehr.db-wal', 'backup.log-damaged failed'],
    [
      'has a damaged schema',
      'cp quiet.db place/ehr.db; printf XXXXXXXX | dd of=place/ehr.db bs=1 seek=100 conv=notrunc status=none',
      'restore.corrupt failed',
    ],
    [
      'is not what was written down',
      'cp quiet.db place/ehr.db; seq 9 | sha256sum | sed s/-/ehr.db/ > place/ehr.db.sha256',
      'backup.digest-mismatch failed',
    ],
    [
      'replaces yesterday’s by noise',
      `cp quiet.db place/ehr-1.db; touch -d "1 day ago" place/*; ${NOISE} > place/ehr-2.db`,
      'backup.not-a-dump failed',
    ],
  ])('when it %s', async (_, script, alarm) => {
    const { findings } = await recovered(script);

    expect(alarms(findings).filter(text => !text.endsWith('(note)'))).toEqual([alarm]);
  });

  test('when it is of another application', async () => {
    const { findings } = await recovered('cp quiet.db place/ehr.db', { applicationId: 4_712 });

    expect(alarms(findings)).toEqual(['backup.wrong-database failed']);
    expect((await recovered('cp quiet.db place/ehr.db', { applicationId: 4_711 })).rows).toBe(2_000);
  });

  test('when the plan says that there must be a log, and there is none', async () => {
    const { findings } = await recovered('sqlite3 ehr.db ".backup place/ehr.db"', { wal: 'required' });

    expect(alarms(findings)).toEqual(['backup.log-missing failed']);
  });
});

test('a question that does not end is given up, and none reaches beyond the database', async () => {
  const place = join(source.folder, 'place');
  await source.shell('rm -rf place; mkdir place; cp quiet.db place/ehr.db');
  const endless = 'with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c';

  await recoverFrom(
    sqlite,
    { from: place },
    {
      over: sqliteService(),
      ask: async running => {
        const sql = (...asked: Parameters<typeof running.sql>): ReturnType<typeof running.sql> => running.sql(...asked);
        await expect(sql(endless, { timeLimitMs: 300 })).rejects.toMatchObject({ code: 'query-timeout' });
        await expect(sql(`attach '/restored/other' as other`)).rejects.toMatchObject({ code: 'query-failed', sqlState: '25006' });
        expect(await sql('select ?1 as text, ?2 as number', { values: [`it's "so"`, 7] })).toEqual([{ text: `it's "so"`, number: 7 }]);
        expect(await sql('select id from visit', { rows: 3 })).toHaveLength(3);
      },
    },
  );
});

describe('what cannot be told is not told', () => {
  test('an encrypted database alone is no bad one', async () => {
    await expect(recovered(`${NOISE} > place/ehr.db`)).rejects.toMatchObject({ code: 'store-unreadable' });
  });

  test('a file of a format that nobody knows yet is newer, not bad', async () => {
    const script = String.raw`cp quiet.db place/ehr-1.db; touch -d "1 day ago" place/*; cp quiet.db place/ehr-2.db; printf '\x03\x03' | dd of=place/ehr-2.db bs=1 seek=18 conv=notrunc status=none`;
    const { findings } = await recovered(script);

    expect(alarms(findings)).toEqual(['backup.newer-format inconclusive']);
  });

  test('a schema that this SQLite cannot read asks for a newer one', async () => {
    const script = String.raw`cp quiet.db place/ehr.db; printf '\x00\x3d\x09\x00' | dd of=place/ehr.db bs=1 seek=96 conv=notrunc status=none; sed -i 's/create table patient/create taple patient/I' place/ehr.db`;

    await expect(recovered(script)).rejects.toMatchObject({ code: 'version-unavailable' });
  });
});
