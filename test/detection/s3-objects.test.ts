import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { KEYS, startS3Server, type S3Server } from '../../src/demo/s3-server/server.ts';

const ENV = { KEY_ID: KEYS.accessKeyId, SECRET: KEYS.secretAccessKey };
const BUCKET = 'lakeside-documents';
const letter = (number: number): Buffer => Buffer.from(`dear colleague ${number}, thank you for sending the patient\n`.repeat(40));

let s3: S3Server;
let at: Bench;
let plan: string;
/** A bucket of documents with a list of their digests, and an accepted drill of it. */
beforeAll(async () => {
  [s3, at] = [await startS3Server(), await bench({ inProcess: true })];
  plan = await at.plan(
    'documents',
    `components:
  documents:
    backup: { tool: s3-objects, from: "s3://${BUCKET}/archive", endpoint: "${s3.endpoint}", digests: SHA256SUMS, credentials: { accessKeyId: { env: KEY_ID }, secretAccessKey: { env: SECRET } } }
    probes: [{ files: { atLeast: 60, changed: 20% } }]
`,
  );
  fill();
});
beforeEach(fill);
afterAll(async () => {
  await at.remove();
  await s3.stop();
});

function fill(): void {
  s3.buckets.create(BUCKET, { versions: true });
  for (const key of s3.buckets.keysOf(BUCKET)) s3.buckets.of(BUCKET).delete(key);
  const lines: string[] = [];
  for (let number = 1; number <= 60; number += 1) {
    s3.buckets.put({ bucket: BUCKET, key: `archive/letters/${number}.txt` }, letter(number));
    lines.push(`${createHash('sha256').update(letter(number)).digest('hex')}  letters/${number}.txt\n`);
  }
  s3.buckets.put({ bucket: BUCKET, key: 'archive/SHA256SUMS' }, Buffer.from(lines.join('')));
}

test('a healthy bucket passes twice without any alarm, and no name is kept', async () => {
  for (const { record, ran } of [await at.drill(plan, ENV), await at.drill(plan, ENV)]) {
    const alarms = record.findings.filter(({ outcome }) => outcome !== 'passed');
    expect({ verdict: record.verdict, alarms }, ran.stderr).toEqual({ verdict: 'passed', alarms: [] });
    expect(record.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['backup.objects-verified', 'restore.ok', 'files.ok', 'files.as-listed']),
    );
  }
});

const each = (change: (number: number, key: string) => void): void => {
  for (let number = 1; number <= 60; number += 1) change(number, `archive/letters/${number}.txt`);
};

describe('every mode of an object store is seen', () => {
  test.each([
    [
      'S01',
      'marks of deletion over everything',
      'failed',
      'select.no-recovery-point',
      () => s3.buckets.keysOf(BUCKET).forEach(key => s3.buckets.delete({ bucket: BUCKET, key })),
    ],
    [
      'S02',
      'a rule moved objects to an archive class',
      'inconclusive',
      'backup.needs-thaw',
      () => s3.buckets.put({ bucket: BUCKET, key: 'archive/letters/7.txt' }, letter(7), { storageClass: 'DEEP_ARCHIVE' }),
    ],
    [
      'S03',
      'a rule let go what is older than it may be',
      'failed',
      'files.missing',
      () =>
        each((number, key) => {
          if (number <= 30) s3.buckets.delete({ bucket: BUCKET, key });
        }),
    ],
    [
      'S05',
      'objects may be listed and not read',
      'inconclusive',
      'drill.could-not-fetch',
      () => s3.fault({ kind: 'status', status: 403, code: 'AccessDenied', key: 'archive/letters/7.txt', method: 'GET' }),
    ],
    [
      'F01',
      'bytes rotted where they lie',
      'failed',
      'backup.objects-damaged',
      () => s3.buckets.put({ bucket: BUCKET, key: 'archive/letters/7.txt' }, letter(8), { etag: 'a'.repeat(32) }),
    ],
    [
      'F09',
      'everything was encrypted in place',
      'failed',
      'files.look-encrypted',
      () => each((_, key) => s3.buckets.put({ bucket: BUCKET, key }, randomBytes(2_000))),
    ],
    [
      'A15',
      'an upload was never completed',
      'failed',
      'files.missing',
      () => s3.buckets.delete({ bucket: BUCKET, key: 'archive/letters/7.txt' }),
    ],
  ] as const)('%s: %s', async (...[, , verdict, code, inject]) => {
    inject();

    const { record, ran } = await at.drill(plan, ENV);

    const said = record.findings.filter(({ outcome, required }) => required && outcome !== 'passed').map(one => one.code);
    expect([record.verdict, said.includes(code)], `${said.join(', ')} ${ran.stderr}`).toEqual([verdict, true]);
  });
});
