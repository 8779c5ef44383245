import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/backup/backup.ts';
import { fetch } from '../../../src/backup/pg-dump/fetch.ts';
import { list } from '../../../src/backup/pg-dump/list.ts';
import type { RecoveryPoint, StoreAccess } from '../../../src/backup/backup.ts';
import { KEYS, startS3Server, type S3Server } from '../../../src/demo/s3-server/server.ts';
import { access, join, never, said, startDumpSource, type DumpSource } from './dumps.ts';

const MIB = 1 << 20;

describe('dumps in a bucket', () => {
  let source: DumpSource;
  let dump: Buffer;
  let s3: S3Server;
  let staging: string;
  beforeAll(async () => {
    source = await startDumpSource();
    const folder = await source.folder();
    await source.dump(join(folder, 'x'), '-Fc');
    dump = await readFile(join(folder, 'x'));
  });
  afterAll(() => source[Symbol.asyncDispose]());
  beforeEach(async () => {
    s3 = await startS3Server();
    s3.buckets.create('backups');
    staging = await mkdtemp('/tmp/rsg-staging-');
  });
  afterEach(async () => {
    await s3.stop();
    await rm(staging, { recursive: true, force: true });
  });

  const env = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };
  function store(from = 's3://backups/ehr', keys: Record<string, string> = env): StoreAccess {
    return access({ from, endpoint: s3.endpoint }, { env: keys });
  }
  function put(key: string, bytes: Buffer, modifiedAt = new Date()): void {
    s3.buckets.put({ bucket: 'backups', key }, bytes, { modifiedAt });
  }
  /** A custom dump with so many random bytes behind it: large, and read by nobody. */
  async function largePoint(bytes: number): Promise<{ point: RecoveryPoint; content: Buffer }> {
    const content = Buffer.concat([dump, randomBytes(bytes)]);
    put('ehr/large', content);
    const [point] = (await list(store(), never)).points;
    if (point === undefined) throw new Error('no point');
    return { point, content };
  }
  function fetched(point: RecoveryPoint): ReturnType<typeof fetch> {
    return fetch(point, { store: store(), staging, progress: () => undefined }, never);
  }
  async function code(act: Promise<unknown>): Promise<string> {
    const error = await act.then(
      () => new Error('nothing was thrown'),
      (thrown: unknown) => thrown,
    );
    return error instanceof BackupError ? error.code : String(error);
  }

  it('are listed by their bytes below the prefix alone', async () => {
    put('ehr/nightly dump\n"1"', dump);
    put('ehr/größe/--help', dump);
    put('ehr-old/x.dump', dump);
    put('ehr/notes.txt', Buffer.from('hello'));

    const listing = await list(store(), never);

    expect(listing.points).toHaveLength(2);
    expect(listing.looked).toBe(3);
    expect(said(listing.findings)).toEqual([]);
  });

  it('are found on every page of a long listing', async () => {
    for (let index = 0; index < 1_200; index += 1) put(`ehr/log-${index}`, Buffer.from('x'));
    put('ehr/zz', dump);

    const listing = await list(store(), never);

    expect(listing.looked).toBe(1_201);
    expect(listing.points).toHaveLength(1);
  });

  it('in directory format are one point and come with all their files', async () => {
    const folder = await source.folder();
    await source.shell(folder, 'pg_dump -Fd -f one ehr');
    for (const name of await readdir(join(folder, 'one'))) put(`ehr/one/${name}`, await readFile(join(folder, 'one', name)));

    const [point] = (await list(store(), never)).points;
    const staged = point === undefined ? undefined : await fetched(point);

    expect(said(staged?.findings ?? [])).toEqual(['backup.ok passed']);
    expect(staged?.handle).toMatchObject({ format: 'directory', file: 'dump.dir' });
  });

  it('arrive in parts, side by side, with the digest of the whole', async () => {
    const { point, content } = await largePoint(30 * MIB);

    const staged = await fetched(point);

    expect(staged.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await readFile(join(staging, 'dump'))).equals(content)).toBe(true);
    expect(s3.requests.filter(request => request === 'GET ehr/large').length).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['500s', { kind: 'status', status: 500, times: 3 }],
    ['503s', { kind: 'status', status: 503, code: 'SlowDown', times: 3 }],
    ['answers that end early', { kind: 'early-end', times: 3 }],
    ['answers of a wrong length', { kind: 'wrong-length', times: 2 }],
    ['a slow stream', { kind: 'slow', chunkMs: 5, times: 4 }],
  ] as const)('arrive whole in spite of %s', async (_, fault) => {
    const { point, content } = await largePoint(20 * MIB);
    s3.fault({ key: 'ehr/large', ...fault });

    const staged = await fetched(point);

    expect(staged.sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('are continued after an interruption, not begun anew', async () => {
    const { point, content } = await largePoint(60 * MIB);
    const stop = new AbortController();
    const interrupted = fetch(
      point,
      { store: store(), staging, progress: at => (at.doneBytes > 40 * MIB ? stop.abort() : undefined) },
      stop.signal,
    );
    const first = await code(interrupted);
    const before = s3.requests.length;

    const staged = await fetched(point);

    expect(first).toBe('stopped');
    expect(staged.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(s3.requests.length - before).toBeLessThan(8);
  });

  it('that are replaced while they are fetched are not taken for the ones that were listed', async () => {
    const { point } = await largePoint(20 * MIB);
    put('ehr/large', Buffer.concat([dump, randomBytes(20 * MIB)]));

    expect(await code(fetched(point))).toBe('bytes-changed');
  });

  it.each([
    ['a wrong ETag in the answer', { kind: 'wrong-etag', times: 99 }, 'bytes-changed'],
    ['403 in between', { kind: 'status', status: 403, code: 'AccessDenied', times: 99 }, 'credentials-refused'],
    ['404 in between', { kind: 'status', status: 404, code: 'NoSuchKey', times: 99 }, 'object-gone'],
    ['500s without end', { kind: 'status', status: 500, times: 99 }, 'network'],
    ['streams that always end early', { kind: 'early-end', times: 99 }, 'network'],
    ['an object that was moved to an archive', { kind: 'status', status: 403, code: 'InvalidObjectState', times: 99 }, 'store-unreadable'],
  ] as const)('cannot be fetched with %s, and the reason is named', async (_, fault, expected) => {
    const { point } = await largePoint(9 * MIB);
    s3.fault({ key: 'ehr/large', ...fault });

    expect(await code(fetched(point))).toBe(expected);
  });

  it.each([
    { what: 'a wrong secret', keys: { ...env, AWS_SECRET_ACCESS_KEY: 'other' }, from: 's3://backups/ehr', expected: 'credentials-refused' },
    {
      what: 'a key that nobody knows',
      keys: { ...env, AWS_ACCESS_KEY_ID: 'other' },
      from: 's3://backups/ehr',
      expected: 'credentials-refused',
    },
    { what: 'no keys at all', keys: {}, from: 's3://backups/ehr', expected: 'credentials-refused' },
    { what: 'a bucket that is not there', keys: env, from: 's3://nowhere/ehr', expected: 'store-missing' },
  ])('cannot be listed with $what', async ({ keys, from, expected }) => {
    expect(await code(list(store(from, keys), never))).toBe(expected);
  });

  it('cannot be listed from a server that repeats its pages', async () => {
    for (let index = 0; index < 1_500; index += 1) put(`ehr/${index}`, Buffer.from('x'));
    s3.fault({ kind: 'repeat-page', times: 99 });

    expect(await code(list(store(), never))).toBe('network');
  });

  it('cannot be listed from a server that is not there', async () => {
    await s3.stop();

    expect(await code(list(store(), never))).toBe('network');
  });

  it('an object that we may not read is a gap in what can be said, not a bad backup', async () => {
    put('ehr/a', dump, new Date(Date.now() - 60_000));
    put('ehr/b.dump', dump);
    s3.fault({ key: 'ehr/b.dump', kind: 'status', status: 403, code: 'AccessDenied', times: 9 });

    const { points, findings } = await list(store(), never);

    expect(points).toHaveLength(1);
    expect(said(findings)).toContain('backup.unreadable inconclusive');
  });
});
