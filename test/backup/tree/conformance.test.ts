import { join } from 'node:path';
import { tree } from '../../../src/backup/archive/tree.ts';
import { describeBackupTool, type GivenStore, type GivenTool } from '../../conformance/backup-tool.ts';
import { DOCUMENTS, place } from '../archive/archives.ts';

async function make(): Promise<GivenTool> {
  const made = await place(DOCUMENTS);
  await made.shell(
    'mkdir healthy empty; for at in doe-jane-20261101T020000Z doe-jane-20261102T020000Z; do rsync -a src/ healthy/$at; done',
  );
  const at = (name: string): string => join(made.folder, name);
  const name = 'doe-jane-20261102T020000Z';
  const copied = async (folder: string): Promise<GivenStore> => {
    await made.shell(`rsync -a healthy/${name} ${folder}`);
    return { options: { from: folder } };
  };
  return {
    healthy: { options: { from: at('healthy') } },
    points: 2,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    // Bytes of a plain copy say nothing of themselves: what can be told is that all of them are gone.
    damaged: async folder => {
      const store = await copied(folder);
      await made.shell(`find ${folder}/${name} -type f -delete`);
      return store;
    },
    changing: async folder => ({ store: await copied(folder), change: () => made.shell(`echo more >> ${folder}/${name}/run`) }),
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

describeBackupTool({ tool: tree, make });
