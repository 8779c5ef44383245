import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** Base backups of PostgreSQL with an archive of its write-ahead log. */
export const pgBasebackup: BackupTool = {
  name: 'pg-basebackup',
  summary: 'pg_basebackup folders (plain or tar) with an archive of the write-ahead log, to a point in time',
  // A packed base backup unpacks to about four times its size; replaying makes files grow.
  traits: { reachesMoments: true, spaceFactor: 5, restoresInto: 'files', engine: 'postgres' },
  options,
  reach: section => {
    const { from, wal, tablespaces } = readOptions(section);
    return { paths: [from, wal, tablespaces].filter(path => path !== undefined), network: false, secrets: {} };
  },
  list,
  inspect,
  fetch,
  restore,
  recognise,
  byHand,
};
