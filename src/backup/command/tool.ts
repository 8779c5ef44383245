import { dirname } from 'node:path';
import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { restore } from './restore.ts';

const FILES = { spaceFactor: 3, restoresInto: 'files', engine: 'files' } as const;
const SERVER = { spaceFactor: 3, restoresInto: 'server', engine: 'postgres' } as const;

/** Any other tool, by three commands of the plan. */
export const command: BackupTool = {
  name: 'command',
  summary: 'any other tool, by three commands of yours that list, fetch and restore',
  traits: FILES,
  traitsFor: section => (readOptions(section).into === 'server' ? SERVER : FILES),
  options,
  reach: section => {
    const { fetch: program, reads, network, env } = readOptions(section);
    return { paths: [dirname(program[0]), ...reads], network, secrets: env };
  },
  list,
  fetch: async (point, at, stop) => {
    const staged = await fetch(point, at, stop);
    return { ...staged, handle: { ...staged.handle, restore: readOptions(at.store.section).restore } };
  },
  restore,
  // A place does not say which commands know it.
  recognise: () => Promise.resolve(undefined),
  byHand,
};
