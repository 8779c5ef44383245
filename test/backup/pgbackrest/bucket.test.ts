import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupError, Listing } from '../../../src/backup/backup.ts';
import { secretsOf, type Repository } from '../../../src/backup/pgbackrest/options.ts';
import { unreachableBucket } from '../../../src/backup/pgbackrest/repository.ts';
import { pgBackRest } from '../../../src/backup/pgbackrest/tool.ts';
import { makeCertificate } from '../../fixtures/certificate.ts';
import { PASS, STANZA, startPgBackRestSource, type PgBackRestSource } from '../../fixtures/pgbackrest-source.ts';
import { accessTo, alarms, recoverFrom } from '../../fixtures/recovering.ts';
import { KEYS, startS3Server, type S3Server } from '../../../src/demo/s3-server/server.ts';

let source: PgBackRestSource;
let s3: S3Server;
let ca: string;

/** 100 rows in the full backup, 50 more in the archive alone; what the tool wrote into a folder lies in a bucket, under the same names. */
beforeAll(async () => {
  source = await startPgBackRestSource();
  await source.addRows(100);
  await source.backup('full');
  await source.addRows(50);
  const certificate = makeCertificate('localhost');
  ca = join(source.folder, 'ca.pem');
  await writeFile(ca, certificate.cert);
  s3 = await startS3Server({ tls: certificate });
});
afterAll(async () => {
  await s3.stop();
  await source.stop();
});

/** Puts every file of the repository into the bucket, and nothing else. */
async function fill(): Promise<void> {
  s3.buckets.create('lakeside');
  s3.buckets.of('lakeside').clear();
  for (const entry of await readdir(source.repository, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    s3.buckets.put({ bucket: 'lakeside', key: `ehr/${path.slice(source.repository.length + 1)}` }, await readFile(path));
  }
}

const optionsOf = (more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ stanza: STANZA, repository: 's3://lakeside/ehr', endpoint: s3.endpoint, ca, cipherPass: { env: 'PASS' } },
  credentials: { accessKeyId: { env: 'ID' }, secretAccessKey: { env: 'KEY' } },
  ...more,
});
const [pass, id, key] = Object.keys(secretsOf({ number: 1, ...optionsOfNames() })) as [string, string, string];
const ENV = { [pass]: PASS, [id]: KEYS.accessKeyId, [key]: KEYS.secretAccessKey };

function optionsOfNames(): Omit<Repository, 'number'> {
  const named = { env: 'X' } as const;
  return { repository: 's3://x', cipherPass: named, credentials: { accessKeyId: named, secretAccessKey: named } };
}

const list = (more: Readonly<Record<string, unknown>> = {}, env: Readonly<Record<string, string>> = {}): Promise<Listing> =>
  pgBackRest.list(accessTo(pgBackRest, optionsOf(more), { ...ENV, ...env }), new AbortController().signal);
const refusal = (listing: Promise<Listing>): Promise<string> =>
  listing.then(
    () => 'listed',
    (error: unknown) => (error as BackupError).code,
  );

test('a repository in a bucket is verified, restored and replayed to the newest moment', async () => {
  await fill();
  const recovered = await recoverFrom(pgBackRest, optionsOf(), { env: ENV });

  expect(alarms(recovered.findings)).toEqual([]);
  expect(recovered.rows).toBe(150);
  expect(recovered.point?.location).toBe('s3://lakeside/ehr');
});

test('an object that is gone is found before anything is restored', async () => {
  await fill();
  const objects = s3.buckets.of('lakeside');
  const file = [...objects.keys()].find(name => /backup\/ehr\/[^/]+F\/pg_data\/base\/1\/1255\./.test(name)) ?? '';
  objects.delete(file);

  const recovered = await recoverFrom(pgBackRest, optionsOf(), { env: ENV });

  expect(file).not.toBe('');
  expect(recovered.findings.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code)).toContain('backup.files-missing');
  expect(recovered.running).toBeUndefined();
});

test('wrong keys, no keys, a wrong passphrase and another bucket are told apart', async () => {
  await fill();
  const codes = [
    await refusal(list({}, { [key]: 'nonsense of the tests' })),
    await refusal(list({ credentials: undefined })),
    await refusal(list({}, { [pass]: 'nonsense of the tests' })),
    await refusal(list({ repository: 's3://nowhere/ehr' })),
  ];

  expect(codes).toEqual(['credentials-refused', 'credentials-refused', 'credentials-refused', 'store-missing']);
});

// The tool itself tries each of them again for more than a minute.
test.each([
  "[HostConnectError] unable to connect to 'localhost:9': [111] Connection refused",
  "[CryptoError] unable to verify certificate presented by 'localhost:9443': [18] self-signed certificate",
  "[CryptoError] unable to find hostname 'localhost' in certificate common name or subject alternative names",
])('that it says "%s" is the network, not the passphrase', stderr => {
  expect(unreachableBucket(stderr, new Error(stderr))?.code).toBe('network');
});

test('a plan names the network and the three secrets that a bucket needs, and no path but the certificates', () => {
  const reach = pgBackRest.reach(accessTo(pgBackRest, optionsOf()).section);

  expect(reach).toMatchObject({ network: true, paths: [ca] });
  expect(Object.keys(reach.secrets).sort()).toEqual([pass, id, key].sort());
});
