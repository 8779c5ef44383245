import type { BackupTool } from '../backup.ts';
import { byHand } from './by-hand.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { NEED } from './need.ts';
import { options, reach, readOptions } from './options.ts';
import { recognise } from './recognise.ts';
import { restore } from './restore.ts';

const TRAITS = { spaceFactor: 2, restoresInto: 'files', engine: 'mariadb' } as const;

/** Physical backups of MariaDB: target folders and streams of mariabackup, full and incremental. */
export const mariabackup: BackupTool = {
  name: 'mariabackup',
  summary: 'mariabackup folders and streams, full and incremental, in a folder or an S3 bucket, with binary logs to a point in time',
  traits: TRAITS,
  traitsFor: section => ({ ...TRAITS, reachesMoments: readOptions(section).binlogs !== undefined }),
  programs: [
    NEED,
    { file: '/usr/sbin/mariadbd', package: 'mariadb-server', least: '10.5' },
    { file: '/usr/bin/mariadb-binlog', package: 'mariadb-client', least: '10.5' },
  ],
  options,
  reach,
  list,
  fetch,
  restore,
  recognise,
  byHand,
};
