import { mkdtemp, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { restore } from '../../../src/backup/mariabackup/restore.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';

test('a backup of another series than the program of this machine is not blamed for it', async () => {
  await using jail = await bareJail();
  const folder = await mkdtemp('/tmp/rsg-mariabackup-series-');
  try {
    const handle = { keys: ['monday'], identity: '', prepared: false, series: '10.1' };
    const staged = { folder, bytes: 0, sha256: '', findings: [], handle };
    const quiet = { progress: () => undefined, toolLog: () => undefined };
    const target = { ...quiet, jail, folder: await jail.makeFolder('restored'), server: undefined, parallel: 1, pseudonym: String };

    await expect(restore(staged, target, new AbortController().signal)).rejects.toMatchObject({
      code: 'tool-missing',
      message: expect.stringContaining('10.1') as string,
      hint: expect.stringContaining('mariadb-backup 10.1') as string,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
