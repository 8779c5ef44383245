import { join } from 'node:path';
import { archive } from '../../../src/backup/archive/tool.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { DOCUMENTS, flip, place, SAME_BYTES } from './archives.ts';

async function make(): Promise<GivenTool> {
  const made = await place(DOCUMENTS);
  await made.shell(`mkdir healthy empty
    tar ${SAME_BYTES} -C src -czf healthy/doe-jane-20261101T020000Z.tar.gz .
    tar -C src -cf - . | split -b 20000 - healthy/doe-jane-20261102T020000Z.tar.`);
  const at = (name: string): string => join(made.folder, name);
  const copied = async (folder: string): Promise<GivenStore> => {
    await made.shell(`cp -a healthy/*.tar.gz ${folder}`);
    return { options: { from: folder } };
  };
  const file = 'doe-jane-20261101T020000Z.tar.gz';
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: async folder => {
      const store = await copied(folder);
      await made.shell(flip(`${folder}/${file}`, 1_500));
      return store;
    },
    changing: async folder => ({ store: await copied(folder), change: () => made.shell(`echo more >> ${folder}/${file}`) }),
    place: { place: at('healthy') },
    byHand: {
      asked: 'cd "$RECOVERED/part" && readlink latest && tail -n 1 letters/2026/7.txt && stat -c %A run',
      answer: 'letters/2026\nletter 50\n-rwxr-xr-x',
    },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

describeBackupTool({ tool: archive, make });
