import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { borg } from '../../../src/backup/borg/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { borgPlace, PASSPHRASE } from '../../fixtures/borg-repository.ts';
import { flipIn, largestIn } from '../../fixtures/restic-repository.ts';

async function make(): Promise<GivenTool> {
  const place = await borgPlace();
  for (const name of ['ehr-1', 'ehr-2']) {
    const at = new Date(Date.now() - (name === 'ehr-1' ? 2 : 1) * 3_600_000).toISOString().slice(0, 19);
    await place.borg(['create', '--timestamp', at, `${place.repository}::${name}`, 'documents']);
  }
  const empty = join(place.folder, 'empty');
  await mkdir(empty);
  const store = (repository: string, passphrase = PASSPHRASE): GivenStore => ({
    options: { repository, passphrase: { env: 'BORG_PASSPHRASE' } },
    env: { BORG_PASSPHRASE: passphrase },
  });
  const segmentOf = async (folder: string): Promise<string> => (await largestIn(join(folder, 'data')))[0] ?? '';
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
      await flipIn(await segmentOf(folder));
      return given;
    },
    changing: async folder => ({ store: await copied(folder), change: async () => rm(await segmentOf(folder)) }),
    wrongSecret: store(place.repository, 'another horse'),
    place: { place: place.repository, env: { BORG_PASSPHRASE: PASSPHRASE } },
    byHand: {
      asked: 'cat "$RECOVERED/part/documents/letters/doe-jane-7.txt"; find "$RECOVERED/part" -type f | wc -l',
      answer: 'letter 7\n21',
    },
    secrets: [PASSPHRASE, 'another horse'],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

describeBackupTool({ tool: borg, make, has: ['wrongSecret'] });
