import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resurgamState } from '../../../src/backup/resurgam-state/tool.ts';
import { access, AT, fetched, forged, goodBackup, linesOf, never, onlyPoint, said } from './state-backups.ts';

let good: Awaited<ReturnType<typeof goodBackup>>;
beforeAll(async () => {
  good = await goodBackup();
});
afterAll(() => good.remove());

const HOUR_MS = 3_600_000;

/** A folder of one test. */
async function place(): Promise<
  { readonly folder: string; put(name: string, bytes: string | Buffer, agoMs?: number): Promise<string> } & AsyncDisposable
> {
  const folder = await mkdtemp('/tmp/rsg-place-');
  return {
    folder,
    put: async (name, bytes, agoMs = 0) => {
      const file = join(folder, name);
      await writeFile(file, bytes);
      const at = new Date(Date.parse(AT) - agoMs);
      await utimes(file, at, at);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const listing = (from: string) => resurgamState.list(access(from), never);

test('a backup says its own moment, and which server it needs', async () => {
  await using at = await place();
  await at.put('state.jsonl', await readFile(good.file));

  const { points, findings, looked } = await listing(at.folder);

  expect(points).toMatchObject([
    {
      id: expect.stringMatching(/^state-20261127T050000Z-[0-9a-f]{12}$/) as unknown,
      consistentAt: AT,
      consistentBasis: 'derived',
      needs: { engine: 'postgres', major: 18 },
    },
  ]);
  expect([said(findings), looked]).toEqual([[], 1]);
  expect(JSON.stringify({ ...points[0], handle: {} })).not.toContain('jsonl');
});

test('newest first by what they say, in folders too; one file is a place as well', async () => {
  await using at = await place();
  await mkdir(join(at.folder, '2026'));
  await copyFile(good.file, join(at.folder, '2026/b.gz'));
  await forged(good.file, join(at.folder, 'a.gz'), header => void (header.at = '2026-11-26T05:00:00.000Z'));

  expect((await listing(at.folder)).points.map(point => point.consistentAt)).toEqual([AT, '2026-11-26T05:00:00.000Z']);
  expect((await listing(good.file)).points).toHaveLength(1);
});

test('an old backup stored again, and one from the future, are told', async () => {
  await using at = await place();
  await forged(good.file, await at.put('old.gz', ''), header => void (header.at = '2026-11-01T05:00:00.000Z'));
  const job = { everyMs: HOUR_MS, graceMs: HOUR_MS };

  const old = await resurgamState.list(access(at.folder, { job }), never);
  const early = await resurgamState.list(access(good.folder, { now: '2026-11-01T05:00:00.000Z' }), never);

  expect(said(old.findings)).toEqual(expect.arrayContaining(['backup.redated failed (note)', 'backup.stale failed (note)']));
  expect(said(early.findings)).toContain('backup.future-date inconclusive');
});

describe('what ought to have been a backup', () => {
  test.each([
    ['is empty', '', 'backup.empty failed'],
    ['is text', 'resurgam: command not found\n', 'backup.not-a-dump failed'],
    ['is something else in gzip', gzipSync('{"format": "something-else/1"}\n'), 'backup.not-a-dump failed'],
    ['has a first line that is none', gzipSync('{"format": "resurgam-state/2"}\n'), 'backup.damaged failed'],
    ['is an empty gzip', gzipSync(''), 'backup.truncated failed'],
    ['is cut before its first line ends', gzipSync('{"format": "resurgam-state/2", "at'), 'backup.truncated failed'],
  ])('and %s is bad news if it is the newest, and a note if it is not', async (_what, bytes, told) => {
    await using alone = await place();
    await alone.put('state.jsonl', bytes);
    await using newer = await place();
    await newer.put('state-1.jsonl', await readFile(good.file), HOUR_MS);
    await newer.put('state-2.jsonl', bytes);
    await using older = await place();
    await older.put('state-1.jsonl', bytes, HOUR_MS);
    await older.put('state-2.jsonl', await readFile(good.file));

    expect(said((await listing(alone.folder)).findings)).toEqual([told]);
    expect(said((await listing(newer.folder)).findings)).toEqual([told]);
    expect(said((await listing(older.folder)).findings)).toEqual([`${told} (note)`]);
  });

  test('and was begun and never finished is told, one that is being written is left alone', async () => {
    await using at = await place();
    await at.put('.0123456789abcdef.tmp', 'x', HOUR_MS);
    await at.put('.fedcba9876543210.tmp', 'x');

    expect(said((await listing(at.folder)).findings)).toEqual(['backup.in-progress skipped (note)', 'backup.newer-incomplete failed']);
  });

  test('and is of a format that only a later release knows is no proof of anything', async () => {
    await using at = await place();
    await at.put('state.jsonl', gzipSync('{"format": "resurgam-state/3"}\n'));

    await expect(listing(at.folder)).rejects.toMatchObject({ name: 'BackupError', code: 'store-unreadable' });

    await at.put('state-1.jsonl', await readFile(good.file), HOUR_MS);
    expect(said((await listing(at.folder)).findings)).toEqual(['backup.newer-format inconclusive']);
  });
});

test('a link is never followed, and other files beside the backups are nobody’s business', async () => {
  await using at = await place();
  await at.put('state.jsonl', await readFile(good.file), HOUR_MS);
  await at.put('notes.txt', 'hello');
  await symlink('/etc/shadow', join(at.folder, 'new.jsonl'));

  const { points, findings } = await listing(at.folder);

  expect(points).toHaveLength(1);
  expect(said(findings)).toEqual(['backup.unreadable inconclusive']);
});

test('an empty folder is an answer, a missing one is none', async () => {
  await using at = await place();

  expect(await listing(at.folder)).toEqual({ points: [], findings: [], looked: 0 });
  await expect(listing(join(at.folder, 'nowhere'))).rejects.toMatchObject({ name: 'BackupError', code: 'store-missing' });
});

test('its reach is the folder of the plan, without network or secrets', () => {
  expect(resurgamState.reach(access('/srv/state').section)).toEqual({ paths: ['/srv/state'], network: false, secrets: {} });
});

describe('the look at the bytes', () => {
  test('of a whole backup finds it whole, where it lies and when it was fetched', async () => {
    await using staged = await fetched(good.file);

    expect(said((await resurgamState.inspect?.(await onlyPoint(good.file), access(good.file), never)) ?? [])).toEqual(['backup.ok passed']);
    expect(said(staged.findings)).toEqual(['backup.ok passed']);
    expect(await readFile(join(staged.folder, 'state'))).toEqual(await readFile(good.file));
  });

  test.each([
    ['cut in the middle of its compression', async (file: string) => (await readFile(file)).subarray(0, 9_000), 'backup.truncated failed'],
    [
      'cut and compressed again',
      async (file: string) => gzipSync(`${(await linesOf(file)).slice(0, 700).join('\n')}\n`),
      'backup.truncated failed',
    ],
    [
      'with one value changed',
      async (file: string) => gzipSync(`${(await linesOf(file)).join('\n').replace('"client-1"', '"client-2"')}\n`),
      'backup.digest-mismatch failed',
    ],
    [
      'that goes on behind its end',
      async (file: string) => gzipSync(`${(await linesOf(file)).join('\n')}\nmore\n`),
      'backup.damaged failed',
    ],
    ['with one byte of its compression changed', flipped, 'backup.damaged failed'],
  ])('of one %s finds it', async (_what, change, told) => {
    await using at = await place();
    await at.put('state.jsonl', await change(good.file));

    await using staged = await fetched(at.folder);

    expect(said((await resurgamState.inspect?.(await onlyPoint(at.folder), access(at.folder), never)) ?? [])).toEqual([told]);
    expect(said(staged.findings)).toEqual([told]);
  });

  test('of a file that was replaced meanwhile is not made', async () => {
    await using at = await place();
    await at.put('state.jsonl', await readFile(good.file));
    const point = await onlyPoint(at.folder);
    await at.put('state.jsonl', 'another');

    await expect(resurgamState.inspect?.(point, access(at.folder), never)).rejects.toMatchObject({ code: 'bytes-changed' });
    await rm(join(at.folder, 'state.jsonl'));
    await expect(resurgamState.inspect?.(point, access(at.folder), never)).rejects.toMatchObject({ code: 'object-gone' });
  });
});

async function flipped(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  // In the check of the last block, so that everything before it unpacks.
  const at = bytes.length - 6;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}

test('init recognises a folder of them, and nothing else', async () => {
  await using at = await place();
  await at.put('notes.txt', 'hello');
  await chmod(at.folder, 0o755);

  expect(await resurgamState.recognise(good.folder, access(''), never)).toMatchObject({
    component: 'state',
    backup: { tool: 'resurgam-state', from: good.folder },
  });
  expect(await resurgamState.recognise(at.folder, access(''), never)).toBeUndefined();
  expect(await resurgamState.recognise('s3://bucket/state', access(''), never)).toBeUndefined();
});
