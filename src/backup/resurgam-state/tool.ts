import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, placeOf } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Backups of Resurgam's own state, in a folder. */
export const resurgamState: BackupTool = {
  name: 'resurgam-state',
  summary: 'backups of Resurgam itself (`resurgam state backup`) in a folder',
  // Rows as lines of JSON pack to a tenth and less; in tables they take their indexes as well.
  traits: { spaceFactor: 20, restoresInto: 'server', engine: 'postgres' },
  options,
  reach: section => ({ paths: [placeOf(section)], network: false, secrets: {} }),
  list,
  inspect,
  fetch,
  restore,
  recognise,
  byHand,
};
