import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { restic } from '../../../src/backup/restic/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { flipIn, largestIn, PASSWORD, resticPlace } from '../../fixtures/restic-repository.ts';

async function make(): Promise<GivenTool> {
  const place = await resticPlace();
  for (const time of ['2026-11-26 05:00:00', '2026-11-27 05:00:00'])
    await place.restic(place.repository, ['backup', 'documents', '--time', time]);
  const empty = join(place.folder, 'empty');
  await mkdir(empty);
  const store = (repository: string, password = PASSWORD): GivenStore => ({
    options: { repository, password: { env: 'RESTIC_PASSWORD' } },
    env: { RESTIC_PASSWORD: password },
  });
  const packOf = async (folder: string): Promise<string> => (await largestIn(join(folder, 'data')))[0] ?? '';
  const copied = async (folder: string): Promise<GivenStore> => {
    await cp(place.repository, folder, { recursive: true, preserveTimestamps: true });
    return store(folder);
  };
  return {
    healthy: store(place.repository),
    points: 2,
    empty: store(empty),
    missing: store(join(place.folder, 'nowhere')),
    damaged: async folder => {
      const given = await copied(folder);
      await flipIn(await packOf(folder));
      return given;
    },
    changing: async folder => ({ store: await copied(folder), change: async () => rm(await packOf(folder)) }),
    wrongSecret: store(place.repository, 'another horse'),
    place: { place: place.repository, env: { RESTIC_PASSWORD: PASSWORD } },
    byHand: {
      asked: 'cat "$RECOVERED/part/documents/letters/doe-jane-7.txt"; find "$RECOVERED/part" -type f | wc -l',
      answer: 'letter 7\n21',
    },
    secrets: [PASSWORD, 'another horse'],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

describeBackupTool({ tool: restic, make, has: ['wrongSecret'] });
