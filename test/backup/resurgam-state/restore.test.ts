import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forged, goodBackup, linesOf, restored, said } from './state-backups.ts';

let good: Awaited<ReturnType<typeof goodBackup>>;
beforeAll(async () => {
  good = await goodBackup();
});
afterAll(() => good.remove());

const made = (name: string): string => join(good.folder, name);

test('a healthy backup comes back, row for row, with its tables, rules and numbers', async () => {
  await using done = await restored(good.file);

  const running = await done.start();
  const [row] = await running.sql(`select (select count(*)::int from resurgam.occurrence) as occurrences,
      (select output_bytes::text from resurgam.job_run) as bytes, (select component from resurgam.job_run) as component,
      (select max(number) from resurgam.resurgam_migration) as step, (select count(*)::int from pg_policies) > 0 as policies`);
  const [next] = await running.sql("insert into resurgam.outbox (client, entry) values ('client-0', '{}') returning id::int", {
    write: true,
  });

  expect(said(done.restored.findings)).toEqual(['restore.ok passed']);
  expect(row).toEqual({ occurrences: 1203, bytes: '9007199254740993', component: 'line\u2028 break \n"', step: 3, policies: true });
  expect(next).toEqual({ id: 3 });
  expect(done.restored).toMatchObject({
    usable: true,
    says: { database: 'restored', rowsByTable: { 'resurgam.occurrence': 1203, 'resurgam.worker': 0 } },
  });
});

describe('a backup that somebody wrote who knows the format', () => {
  test('runs no statement of its own', async () => {
    const file = made('statement');
    await forged(good.file, file, header => {
      for (const step of header.steps) step.sql += "; copy (select 1) to program 'touch /tmp/rsg-forged'";
    });

    await using done = await restored(file);

    expect(said(done.restored.findings)).toEqual(['restore.unexpected-command failed']);
    expect(done.restored.usable).toBe(false);
  });

  test.each([
    [
      'a table',
      (header: Parameters<Parameters<typeof forged>[2]>[0]) => (header.tables['pg_authid'] = { columns: ['rolname'], rows: 0, sha256: '' }),
    ],
    ['a column', (header: Parameters<Parameters<typeof forged>[2]>[0]) => header.tables['plan']?.columns.push('x"); drop table plan; --')],
  ])('cannot name %s that the tables do not have', async (_what, change) => {
    const file = made('name');
    await forged(good.file, file, header => void change(header));

    await using done = await restored(file);

    expect(said(done.restored.findings)).toEqual(['restore.corrupt failed']);
  });

  test('is found out when its rows are not what the tables make of them', async () => {
    const file = made('rows');
    await forged(good.file, file, (_, rows) => {
      rows['follow_cursor'] = ['{"client": "a", "seq": 4, "changed_at": "2026-11-01T00:00:00+00:00", "more": true}'];
    });

    await using done = await restored(file);

    expect(done.restored.findings).toMatchObject([{ code: 'restore.rows-differ', outcome: 'failed', object: 'resurgam.follow_cursor' }]);
  });

  test('is refused by the rules of the tables', async () => {
    const file = made('rules');
    await forged(good.file, file, (_, rows) => {
      const [row = ''] = rows['occurrence'] ?? [];
      rows['occurrence']?.push(row);
    });

    await using done = await restored(file);

    expect(done.restored.findings).toMatchObject([
      { code: 'restore.errors', outcome: 'failed', object: 'resurgam.occurrence', unit: 'SQLSTATE 23505' },
    ]);
  });
});

test('of tables of a newer release, or of a format that does not say how they are made, nothing is claimed', async () => {
  const [newer, older] = [made('newer'), made('older')];
  await forged(good.file, newer, header => {
    header.migration = 99;
    header.steps.push({ number: 99, name: 'later', sql: 'create table later (x int)' });
  });
  await forged(good.file, older, header => {
    const rest = header as unknown as Record<string, unknown>;
    header.format = 'resurgam-state/1';
    delete rest['server'];
    delete rest['steps'];
  });

  await using one = await restored(newer);
  await using other = await restored(older);

  expect(said(one.restored.findings)).toEqual(['backup.newer-format inconclusive']);
  expect(said(other.restored.findings)).toEqual(['backup.unsupported inconclusive']);
  expect([one.restored.usable, other.restored.usable]).toEqual([false, false]);
});

test('a file that is cut behind its header says so, also if nobody looked before', async () => {
  const file = made('cut');
  await writeFile(file, gzipSync(`${(await linesOf(good.file)).slice(0, 700).join('\n')}\n`));

  await using done = await restored(file);

  expect(said(done.restored.findings)).toEqual(['backup.truncated failed']);
});

test('a limit that bit, or a server that ended, says nothing about the backup', async () => {
  await using full = await restored(good.file, 'disk');
  await using ended = await restored(good.file, 'ended');

  expect(said(full.restored.findings)).toEqual(['restore.sandbox-disk-full inconclusive']);
  expect(said(ended.restored.findings)).toEqual(['restore.server-died inconclusive']);
  expect([full.restored.usable, ended.restored.usable]).toEqual([false, false]);
});
