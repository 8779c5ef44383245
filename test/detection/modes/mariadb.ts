import type { Modes } from './mode.ts';

const DUMPS = 'detection/mariadb.test.ts';
const FILES = 'detection/mariabackup.test.ts';
const ENCRYPTED = 'detection/mariabackup-encrypted.test.ts';
const LOGS = 'detection/mariabackup-binlog.test.ts';
const DUMP_LOGS = 'detection/mariadb-binlog.test.ts';

/** Group M (MySQL and MariaDB). */
export const ofMariaDb: Modes = {
  M01: {
    means: 'routines and events are not in the dump',
    injected: [[DUMPS, 'made without routines and events', 'inventory.object-missing']],
  },
  M02: {
    means: 'an account that views or triggers run as is not there',
    injected: [
      [DUMPS, 'with a view whose account is not there', 'inventory.view-unusable'],
      [DUMPS, 'with a trigger whose account is not there', 'inventory.definer-missing'],
    ],
  },
  M03: {
    means: 'accounts are not in the dump',
    injected: [[DUMPS, 'whose accounts were not dumped any more', 'inventory.object-missing']],
  },
  M04: {
    means: 'the dump was written in too small a character set',
    injected: [[DUMPS, 'in a character set that knows no emoji', 'inventory.text-narrowed']],
  },
  M05: {
    means: 'times move by the zone of whoever restores them',
    injected: [[DUMPS, 'whose times are in the zone of the source and do not say so', 'inventory.times-shifted']],
  },
  M09: { means: 'a broken view ends the dump', injected: [[DUMPS, 'ended by a view that is broken in the source', 'backup.truncated']] },
  M11: {
    means: 'a table changed while it was dumped, and came out without rows',
    injected: [[DUMPS, 'in which a table changed while it was dumped and came out without rows', 'inventory.rows-missing']],
  },
  M13: {
    means: 'older clients stumble over the first line of newer dumps',
    injected: [[DUMPS, 'without the line of the sandbox mode (M13), with an INSERT for each row', null]],
  },
  M14: {
    means: 'a dump restores itself over the schema that it came from',
    injected: [[DUMPS, 'by several schemas, with CREATE DATABASE (M14)', null]],
  },
  M15: {
    means: 'the files of mariabackup were never made consistent',
    injected: [[FILES, 'M15: what was prepared when it was made passes too', null]],
  },
  M16: {
    means: 'a page is damaged, and preparing says that all is well',
    injected: [[FILES, 'M16: a corrupt page is found, although preparing says that all is well', 'restore.corrupt']],
  },
  M17: {
    means: 'a table file is missing, or an increment has another base',
    injected: [
      [FILES, 'M17: a table file that is missing is found', 'integrity.table-unreadable'],
      [FILES, 'M17: a table all of whose files are missing is found', 'integrity.table-unreadable'],
      [FILES, 'M17: an increment whose base is gone is no recovery point, and that is said', 'backup.newer-incomplete'],
    ],
  },
  M18: {
    means: 'a table file is of two moments',
    injected: [
      [FILES, 'that is newer than the backup in part is found by its pages', 'restore.mixed-moments'],
      [FILES, 'that is newer in part is found too in a backup that was prepared when it was made', 'restore.mixed-moments'],
      [FILES, 'that is older in part is found by its indexes', 'integrity.index-corrupt'],
    ],
  },
  M19: {
    means: 'the key of encrypted tables is lost',
    injected: [
      [ENCRYPTED, 'M19: a key that is lost is named, although preparing says that all is well', 'restore.table-key-missing'],
      [ENCRYPTED, 'M19: a key that is another one is told from damage', 'restore.table-key-wrong'],
    ],
  },
  M20: { means: 'mydumper ends with 0 over a broken table', notOurs: 'there is no tool for mydumper: `command` can drill it' },
  M21: {
    means: 'the binary log has a gap',
    injected: [
      [LOGS, 'M21: with a gap lead as far as it, and that is said', 'backup.binlog-gap'],
      [LOGS, 'M21: whose first is purged leave the backup alone, and that is said', 'backup.binlog-gap'],
      [DUMP_LOGS, 'M21: with a gap lead no further than the dump, and that is said', 'backup.binlog-gap'],
    ],
  },
  M22: {
    means: 'jobs of the source start in the restored copy',
    injected: [[DUMPS, 'healthy dumps pass without alarm', null]],
  },
};
