import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { StoreAccess } from '../../../src/backup/backup.ts';
import { restic } from '../../../src/backup/restic/tool.ts';
import { newFolder } from '../../conformance/traces.ts';
import { largestIn, PASSWORD, resticPlace } from '../../fixtures/restic-repository.ts';
import { KEYS, startS3Server } from '../../../src/demo/s3-server/server.ts';

const never = new AbortController().signal;

test('a repository in a bucket is listed, restored and read in parts, by keys that the plan names', async () => {
  const server = await startS3Server();
  await using place = await resticPlace();
  await using staging = await newFolder();
  server.buckets.create('backups');
  const repository = `s3:${server.endpoint}/backups/ehr`;
  const env = { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey };
  const access: StoreAccess = {
    section: {
      ...{ tool: 'restic', job: null, encrypted: 'required' },
      ...{ size: { atLeastBytes: null, shrink: null, grow: null }, copies: { atLeast: null, offSite: null, locked: null } },
      options: z.strictObject(restic.options).parse({
        ...{ repository, password: { env: 'P' }, rotation: 1 },
        env: { AWS_ACCESS_KEY_ID: { env: 'A' }, AWS_SECRET_ACCESS_KEY: { env: 'S' } },
      }),
    },
    env: { ...env, RESTIC_PASSWORD: PASSWORD },
    pseudonym: () => '0'.repeat(64),
    now: () => new Date().toISOString(),
  };
  try {
    await expect(restic.list(access, never)).rejects.toMatchObject({ code: 'store-missing' });
    await place.restic(place.repository, ['backup', 'documents']);
    for (const file of await largestIn(place.repository))
      server.buckets.put({ bucket: 'backups', key: join('ehr', relative(place.repository, file)) }, await readFile(file));

    const { points, findings } = await restic.list(access, never);
    const [point] = points;
    if (point === undefined) throw new Error('no point');
    const at = { store: access, staging: staging.path, progress: () => undefined };
    const staged = await restic.fetch(point, at, never);
    const read = await restic.readPart?.(point, { ...at, before: undefined }, never);

    expect([...findings, ...staged.findings, ...(read?.findings ?? [])].filter(one => one.required).map(({ code }) => code)).toEqual([
      'backup.ok',
      'backup.part-read',
    ]);
    await expect(restic.list({ ...access, env: { ...access.env, AWS_SECRET_ACCESS_KEY: 'wrong' } }, never)).rejects.toMatchObject({
      code: 'credentials-refused',
    });
  } finally {
    await server.stop();
  }
});
