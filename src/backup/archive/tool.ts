import type { BackupTool } from '../backup.ts';
import { archiveByHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Files in archives. */
export const archive: BackupTool = {
  name: 'archive',
  summary: 'archives of files (tar, zip, cpio; gzip, xz, zstd, lz4, bzip2; also split) in a folder',
  // Documents and images hardly shrink, text shrinks to a fourth.
  traits: { spaceFactor: 4, restoresInto: 'files', engine: 'files' },
  options,
  reach: section => ({ paths: [readOptions(section).from], network: false, secrets: {} }),
  list,
  fetch,
  restore,
  recognise,
  byHand: archiveByHand,
};
