import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { reachOf } from '../dump-files/place-options.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Copies of SQLite databases in a folder or a bucket. */
export const sqlite: BackupTool = {
  name: 'sqlite',
  summary: 'SQLite databases (.backup, VACUUM INTO, or files copied with their -wal; also compressed) in a folder or an S3 bucket',
  // A database of records packs to about a fifth; taking its log in needs room once more.
  traits: { spaceFactor: 6, restoresInto: 'files', engine: 'sqlite' },
  programs: [{ file: '/usr/bin/sqlite3', package: 'sqlite3', least: '3.37' }],
  options,
  reach: section => reachOf([readOptions(section).from], readOptions(section)),
  list,
  inspect,
  fetch,
  restore,
  recognise,
  byHand,
};
