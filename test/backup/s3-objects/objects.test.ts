import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Listing, Staged, StoreAccess } from '../../../src/backup/backup.ts';
import { HAND_PREPARE } from '../../../src/backup/by-hand.ts';
import { checkKeeping } from '../../../src/backup/keeping.ts';
import { s3Objects } from '../../../src/backup/s3-objects/tool.ts';
import type { BackupSection } from '../../../src/plan/plan.ts';
import { typeAway } from '../../fixtures/by-hand-machine.ts';
import { alarms, accessTo } from '../../fixtures/recovering.ts';
import type { PutOptions } from '../../../src/demo/s3-server/buckets.ts';
import { KEYS, startS3Server, type S3Server } from '../../../src/demo/s3-server/server.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
const HOUR_MS = 3_600_000;
const ENV = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };

let s3: S3Server;
let bucket = '';
let number = 0;
/** One for each test: what is so many hours ago stays in its hour. */
let now = 0;
beforeAll(async () => {
  s3 = await startS3Server({ pageSize: 20 });
});
afterAll(() => s3.stop());
/** Thirty letters of two days ago, in a bucket that keeps versions: more than one page of a listing. */
beforeEach(() => {
  now = Date.now();
  bucket = `b${(number += 1)}`;
  s3.buckets.create(bucket, { versions: true });
  for (let letter = 10; letter < 40; letter += 1) put(`letters/${letter}.txt`, `letter ${letter}`, { modifiedAt: ago(50) });
});

function ago(hours: number): Date {
  return new Date(now - hours * HOUR_MS);
}
function put(key: string, text: string, options: PutOptions = {}): void {
  s3.buckets.put({ bucket, key }, Buffer.from(text), { modifiedAt: ago(2), ...options });
}
function access(options: Readonly<Record<string, unknown>> = {}, demands: Partial<BackupSection> = {}): StoreAccess {
  const store = accessTo(s3Objects, { from: `s3://${bucket}`, endpoint: s3.endpoint, ...options }, ENV);
  return { ...store, section: { ...store.section, ...demands } };
}
const listed = (options = {}, demands: Partial<BackupSection> = {}): Promise<Listing> => s3Objects.list(access(options, demands), never);

/** Fetches the newest point, and gives the names of what came, sorted. */
async function fetched(
  options: Readonly<Record<string, unknown>> = {},
  pick = 0,
): Promise<Staged & { readonly names: readonly string[]; text(name: string): Promise<string> }> {
  const staging = await mkdtemp('/tmp/rsg-objects-');
  await chmod(staging, 0o755);
  try {
    const store = access(options);
    const point = (await s3Objects.list(store, never)).points[pick];
    if (point === undefined) throw new Error('there is no point');
    const staged = await s3Objects.fetch(point, { store, staging, progress: () => undefined }, never);
    const { stdout } = await run('find', ['tree', '-type', 'f'], { cwd: staging });
    const names = stdout
      .trim()
      .split('\n')
      .map(name => name.slice(5))
      .sort();
    const texts = new Map(await Promise.all(names.map(async name => [name, await readFile(join(staging, 'tree', name), 'utf8')] as const)));
    return { ...staged, names, text: name => Promise.resolve(texts.get(name) ?? '') };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

describe('a bucket comes back', () => {
  test('with every object, each compared with its checksum', async () => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32('by parts'));
    put('of parts', 'by parts', { etag: `${'a'.repeat(32)}-3`, headers: { 'x-amz-checksum-crc32': sum.toString('base64') } });
    put('digest', 'digest', { headers: { 'x-amz-checksum-sha256': createHash('sha256').update('digest').digest('base64') } });
    put('own key', 'own key', { etag: 'b'.repeat(32), headers: { 'x-amz-server-side-encryption': 'aws:kms' } });
    put('folder/', '');

    const { names, findings } = await fetched();

    expect(alarms(findings)).toEqual([]);
    expect(findings.map(({ code, observed, expected }) => [code, observed, expected])).toEqual([['backup.objects-verified', 32, 33]]);
    expect(names).toHaveLength(33);
  });

  test('as it was before somebody overwrote and deleted objects', async () => {
    put('letters/10.txt', 'overwritten');
    s3.buckets.delete({ bucket, key: 'letters/11.txt' }, ago(1));
    const now = await fetched();
    const before = await fetched({ at: ago(24).toISOString() });

    expect([now.names.length, await now.text('letters/10.txt')]).toEqual([29, 'overwritten']);
    expect([before.names.length, await before.text('letters/10.txt'), await before.text('letters/11.txt')]).toEqual([
      30,
      'letter 10',
      'letter 11',
    ]);
  });

  test('at the end of each day for which it keeps versions', async () => {
    put('letters/10.txt', 'yesterday', { modifiedAt: ago(26) });
    put('letters/10.txt', 'today');
    const { points } = await listed({ history: 168 * HOUR_MS });

    expect(points.map(({ consistentAt }) => consistentAt)).toEqual(
      [ago(2), ago(26), ago(50)].map(date => expect.stringContaining(date.toISOString().slice(0, 13)) as string),
    );
    expect(await (await fetched({ history: 168 * HOUR_MS }, 1)).text('letters/10.txt')).toBe('yesterday');
    expect((await listed()).points).toHaveLength(1);
  });

  test('for whoever may not list versions', async () => {
    s3.fault({ kind: 'status', status: 403, code: 'AccessDenied', method: 'GET', key: '', times: 1 });
    const { points, looked } = await listed();

    expect([points.length, looked]).toEqual([1, 30]);
  });
});

test('keys that lead out, or that no folder can hold, are refused one by one', async () => {
  for (const key of ['../../etc/cron.d/x', '/etc/passwd', 'a/./b', 'double//slash', 'n'.repeat(300), 'letters', 'LETTERS/10.txt'])
    put(key, 'x');

  const { names, findings } = await fetched();

  expect(names).toHaveLength(31);
  expect(
    findings
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ code, object, observed, required }) => [code, object, observed, required]),
  ).toEqual([
    ['restore.hostile-members', 'absolute path', 1, true],
    ['restore.hostile-members', 'path outside', 2, true],
    ['restore.members-left-out', 'empty name in a path', 1, true],
    ['restore.members-left-out', 'name that is too long', 1, true],
    ['restore.members-left-out', 'name of a file and of a folder', 1, true],
    ['restore.members-doubtful', 'names that differ only by case', 1, false],
  ]);
});

describe('what is wrong with a bucket is said', () => {
  test('objects whose bytes are not those of their checksum (S05, F01)', async () => {
    put('letters/12.txt', 'rotten', { etag: createHash('md5').update('letter 12').digest('hex') });

    expect(alarms((await fetched()).findings)).toEqual(['backup.objects-damaged failed']);
  });

  test('objects in an archive class (S02): listed as always, and not given out', async () => {
    for (const letter of [13, 14]) put(`letters/${letter}.txt`, 'asleep', { storageClass: 'GLACIER' });
    const { findings, names } = await fetched();

    expect(alarms((await listed()).findings)).toEqual(['backup.needs-thaw inconclusive (note)']);
    expect([alarms(findings), names.length]).toEqual([['backup.needs-thaw inconclusive'], 28]);
  });

  test('marks of deletion over everything (S01)', async () => {
    for (const key of s3.buckets.keysOf(bucket)) s3.buckets.delete({ bucket, key }, ago(1));
    const { points, findings } = await listed();

    expect([points, alarms(findings)]).toEqual([[], ['backup.empty failed']]);
  });

  test('uploads that stopped, however lately something was deleted', async () => {
    for (const hours of [26, 1]) s3.buckets.delete({ bucket, key: `letters/${hours + 10}.txt` }, ago(hours));
    const job = { everyMs: 24 * HOUR_MS, graceMs: HOUR_MS } as BackupSection['job'];
    const { points, findings } = await listed({ history: 168 * HOUR_MS }, { job });

    expect(points.map(({ consistentAt }) => consistentAt?.slice(0, 13))).toEqual(points.map(() => ago(50).toISOString().slice(0, 13)));
    expect([points.length > 1, alarms(findings)]).toEqual([true, ['backup.stale failed (note)']]);
    expect((await fetched({ history: 168 * HOUR_MS })).names).toHaveLength(28);
  });

  test('most objects deleted within a day', async () => {
    for (const key of s3.buckets.keysOf(bucket).slice(0, 20)) s3.buckets.delete({ bucket, key }, ago(1));

    expect(alarms((await listed()).findings)).toEqual(['backup.entries-fewer failed (note)']);
    expect(alarms((await listed({}, { size: { atLeastBytes: null, shrink: 0.2, grow: null } })).findings)).toEqual([
      'backup.entries-fewer failed',
    ]);
  });

  test('a replication that fails, where the plan wants another place', async () => {
    put('letters/15.txt', 'alone', { headers: { 'x-amz-replication-status': 'FAILED' } });
    const wanted = { copies: { atLeast: null, offSite: 1, locked: null } };
    for (const key of s3.buckets.keysOf(bucket)) if (key !== 'letters/15.txt') s3.buckets.delete({ bucket, key }, ago(1));

    expect(alarms((await listed({}, wanted)).findings).filter(text => text.includes('replicated'))).toEqual([
      'backup.not-replicated failed',
    ]);
  });

  test('a bucket whose objects change while they are fetched, and one that keeps nothing', async () => {
    const store = access();
    const { points } = await s3Objects.list(store, never);
    s3.buckets.create(bucket, { versions: true });
    put('letters/10.txt', 'new', { modifiedAt: ago(60) });
    const [point] = points;
    if (point === undefined) throw new Error('there is no point');

    await expect(s3Objects.fetch(point, { store, staging: '/nonexistent', progress: () => undefined }, never)).rejects.toMatchObject({
      code: 'bytes-changed',
    });
  });

  test('objects that may not be read, though they may be listed (S05)', async () => {
    s3.fault({ kind: 'status', status: 403, code: 'AccessDenied', key: 'letters/20.txt', method: 'GET' });

    await expect(fetched()).rejects.toMatchObject({ code: 'credentials-refused' });
  });
});

describe('locks count only if nobody can lift them', () => {
  const lock = (mode: string): Readonly<Record<string, string>> => ({
    'x-amz-object-lock-mode': mode,
    'x-amz-object-lock-retain-until-date': new Date(Date.now() + 240 * HOUR_MS).toISOString(),
    'x-amz-server-side-encryption': 'AES256',
  });
  test.each([
    ['COMPLIANCE', []],
    ['GOVERNANCE', ['backup.not-locked failed']],
  ])('%s', async (mode, expected) => {
    for (let letter = 10; letter < 40; letter += 1) put(`letters/${letter}.txt`, 'locked', { headers: lock(mode) });
    const demands: Partial<BackupSection> = { copies: { atLeast: null, offSite: null, locked: 1 }, encrypted: 'required' };
    const { points } = await listed({}, demands);

    expect(alarms(checkKeeping(points, access({}, demands).section, new Date().toISOString()))).toEqual(expected);
  });
});

test('a store that throttles and drops is asked again', async () => {
  s3.fault({ kind: 'status', status: 503, code: 'SlowDown', method: 'GET', key: 'letters/10.txt', times: 2 });
  s3.fault({ kind: 'early-end', key: 'letters/11.txt' });

  const { findings, names } = await fetched();

  expect([alarms(findings), names.length]).toEqual([[], 30]);
});

test.runIf(process.getuid?.() === 0)('whoever types the commands for a moment gets the bucket as it was then', async () => {
  for (const name of ['11', '12']) put(`notes/${name}.txt`, `note ${name}`, { modifiedAt: ago(50) });
  put('notes/11.txt', 'an altered note');
  put('notes/later.txt', 'a later note');
  s3.buckets.delete({ bucket, key: 'notes/12.txt' }, ago(2));
  const { section } = access({ from: `s3://${bucket}/notes`, at: ago(10).toISOString() });
  const { fetch, restore } = s3Objects.byHand(section, { component: 'part', major: null, port: 5432, database: null });
  const asked = 'cd "$RECOVERED/part" && find . -type f | wc -l; cat 11.txt; echo; cat 12.txt';

  const typed = await typeAway([...HAND_PREPARE, ...fetch, ...restore, 'echo "=== asked"', asked].join('\n'), { env: ENV, online: true });

  expect(typed.stdout.split('=== asked\n')[1], typed.stderr).toBe('2\nnote 11\nnote 12');
});
