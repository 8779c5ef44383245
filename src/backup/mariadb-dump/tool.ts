import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { reachOf } from '../dump-files/place-options.ts';
import { fetch } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

/** A compressed dump unpacks to about six times its size with its indexes. */
const TRAITS = { spaceFactor: 6, restoresInto: 'server', engine: 'mariadb' } as const;

/** Logical dumps of MariaDB and MySQL in a folder or a bucket. */
export const mariadbDump: BackupTool = {
  name: 'mariadb-dump',
  summary: 'mariadb-dump and mysqldump files (also compressed) in a folder or an S3 bucket, with binary logs to a point in time',
  traits: TRAITS,
  traitsFor: section => ({ ...TRAITS, reachesMoments: readOptions(section).binlogs !== undefined }),
  programs: [
    { file: '/usr/sbin/mariadbd', package: 'mariadb-server', least: '10.5' },
    { file: '/usr/bin/mariadb', package: 'mariadb-client', least: '10.5' },
    { file: '/usr/bin/mariadb-binlog', package: 'mariadb-client', least: '10.5' },
  ],
  options,
  reach: section => {
    const given = readOptions(section);
    return reachOf(
      [given.from, given.users, given.binlogs].filter(place => place !== undefined),
      given,
    );
  },
  list,
  inspect,
  fetch,
  restore,
  recognise,
  byHand,
};
