import type { Modes } from './mode.ts';

const CASES = 'detection/cases.ts';
const MARIADB = 'detection/mariadb.test.ts';
const DUMP = 'backup/pg-dump/restore-damaged.test.ts';
const BASE = 'detection/pg-physical.test.ts';
const SOURCE = 'detection/pg-source.test.ts';
const REPOSITORY = 'detection/pgbackrest.test.ts';
const BARMAN = 'detection/barman.test.ts';

/** Groups P (dumps of PostgreSQL) and W (its files and their log). */
export const ofPostgres: Modes = {
  P01: {
    means: 'roles are in no dump',
    injected: [[CASES, 'the roles are in no backup, and the plan wants them', 'restore.roles-invented']],
  },
  P02: {
    means: 'owners and grants were left out, so that all seems well',
    injected: [
      [CASES, 'owners and grants are left out of the dump', 'inventory.grants-missing'],
      [DUMP, 'P02: a script that names no owner is noted', 'restore.owners-not-in-dump'],
    ],
  },
  P04: {
    means: 'extensions or schemas were left out',
    injected: [
      [CASES, 'pg_dump -n public leaves out extensions that indexes need', 'restore.errors'],
      [DUMP, 'P04: an index without its extension is an error of the dump', 'restore.errors'],
    ],
  },
  P05: { means: 'large objects were left out', injected: [[CASES, 'large objects are missing', 'inventory.large-objects-missing']] },
  P06: {
    means: 'the rows of a table were left out',
    injected: [
      [CASES, 'the rows of a table are left out by a filter', 'inventory.rows-missing'],
      [MARIADB, 'without the rows of a table that was left out', 'inventory.data-left-out'],
      ['detection/sqlite.test.ts', 'rows were left out', 'inventory.rows-missing'],
    ],
  },
  P09: {
    means: 'the client goes on after a statement that failed',
    injected: [
      [CASES, 'a statement in a plain dump is broken, which psql alone would not tell', 'restore.errors'],
      [DUMP, 'P09: a statement that fails in a script is not passed over', 'restore.stopped-at-table'],
    ],
  },
  P10: {
    means: 'errors that the restoring program counted are waved through',
    injected: [[DUMP, 'P10: what pg_restore counted and nobody explains is a failure', 'restore.errors']],
  },
  P11: {
    means: 'rows break a key that cannot be made again',
    injected: [
      [CASES, 'duplicate keys under a damaged unique index: the key cannot be made again', 'restore.constraint-not-restored'],
      [DUMP, 'P11: a key that the rows break is named', 'restore.constraint-not-restored'],
    ],
  },
  P13: {
    means: 'the dump is of a replica that had stopped following',
    injected: [[CASES, 'the dump was taken from a replica that had stopped following', 'freshness.data-older-than-point']],
  },
  P14: {
    means: 'a conflict with recovery ended the dump amid a table',
    injected: [[CASES, 'a recovery conflict ended the dump in the middle of a table', 'backup.truncated']],
  },
  P15: {
    means: 'a client does not know a command that newer dumps begin with',
    injected: [['backup/pg-dump/restore-rules.test.ts', 'P15: only newer minor releases of psql know \\\\restrict', null]],
  },
  P16: {
    means: 'an archive dump is of a newer format than the tools here',
    injected: [
      [CASES, 'the archive is of a format that no pg_restore here knows', 'restore.newer-format'],
      [DUMP, 'P16: an archive of a newer format says which tool is needed', 'restore.newer-format'],
    ],
  },
  P17: {
    means: 'a dump replaces the database of its name',
    injected: [
      [
        CASES,
        'a plain dump would drop and make a database of its name, and does so in the sandbox alone',
        'restore.script-replaces-database',
      ],
      [DUMP, 'P17: a script that replaces its database lands in the sandbox and is noted', 'restore.script-replaces-database'],
    ],
  },
  P18: {
    means: 'a dump runs programs where it is restored',
    injected: [
      [CASES, 'a plain dump runs a program where it is restored', 'restore.runs-programs'],
      ['backup/pg-dump/restore-hostile.test.ts', 'P18: a script that wants more than a database', 'restore.runs-programs'],
    ],
  },
  P19: {
    means: 'a restore wipes the records of whoever ordered it',
    injected: [
      [
        CASES,
        'a plain dump would drop and make a database of its name, and does so in the sandbox alone',
        'restore.script-replaces-database',
      ],
    ],
  },
  P20: {
    means: 'two healthy dumps differ in their text, and a checker alarms',
    injected: [['detection/healthy.test.ts', 'P20: a healthy backup passes twice without any alarm', null]],
  },

  W01: {
    means: 'bytes of a base backup changed',
    injected: [
      [BASE, 'W01: bytes of a table changed', 'backup.digest-mismatch'],
      ['detection/sqlite.test.ts', 'a damaged page', 'integrity.table-unreadable'],
    ],
  },
  W02: {
    means: 'a file of a table is missing',
    injected: [
      [BASE, 'W02: a file of a table is missing', 'backup.files-missing'],
      [BARMAN, 'a file of the base backup that is gone is found (W02)', 'backup.files-missing'],
    ],
  },
  W03: { means: 'a base backup without its log', injected: [[BASE, 'W03: a base backup without its log', 'backup.wal-missing']] },
  W04: { means: 'backup_label was removed', injected: [[BASE, 'W04: backup_label was removed', 'backup.label-missing']] },
  W05: {
    means: 'the source has a damaged page, and keeps checksums',
    injected: [
      [BASE, 'W05: a page that was damaged in the source fails, although the backup is whole', 'integrity.table-unreadable'],
      [REPOSITORY, 'W05: the source has a damaged page', 'backup.page-errors'],
    ],
  },
  W06: {
    means: 'the source has a damaged page, and keeps no checksums',
    injected: [
      [
        SOURCE,
        'W06: a byte changed in a source without checksums passes everything, and only a value that is known tells',
        'sql.unexpected',
      ],
    ],
  },
  W08: {
    means: 'the archived log has a gap, and recovery ends early and calls it a success',
    injected: [
      [BASE, 'W08: a segment in the middle of the archive is gone', 'backup.wal-gap'],
      [REPOSITORY, 'W08: a segment after it is gone', 'backup.wal-gap'],
      [BARMAN, 'a gap in its archive (W08)', 'backup.wal-gap'],
    ],
  },
  W09: {
    means: 'the server does not get at the archived log',
    injected: [[BASE, 'W09: the archived log does not reach the server', 'restore.log-ended-early']],
  },
  W10: { means: 'the log is archived nowhere', injected: [[BASE, 'W10: archive_command does nothing', 'backup.wal-not-archived']] },
  W11: {
    means: 'the moment to recover to is behind the end of the log',
    injected: [
      [BASE, 'W11: a moment that the archive does not reach', 'restore.target-not-reached'],
      [REPOSITORY, 'W11: a moment that the archive does not reach', 'restore.target-not-reached'],
    ],
  },
  W13: {
    means: 'text is sorted otherwise where it is restored',
    injected: [
      [SOURCE, 'and the versions are equal: the index that misses rows is found by comparing it with its table', 'integrity.index-corrupt'],
      [SOURCE, 'and the versions differ: nobody can tell here whether the index is sound there', 'integrity.index-sorted-elsewhere'],
    ],
  },
  W14: {
    means: 'settings or libraries that the server needs are not in the backup',
    injected: [
      [BASE, 'W14 W25: what the backup wants of the server that restores it does not happen, and is told', 'restore.preload-missing'],
    ],
  },
  W15: {
    means: 'limits of the server are lower than those of the source',
    injected: [[BASE, 'W15 W16: more connections than here, a folder that anybody may read', null]],
  },
  W16: {
    means: 'owner or mode of the restored folder are wrong',
    injected: [[BASE, 'W15 W16: more connections than here, a folder that anybody may read', null]],
  },
  W19: {
    means: 'a file in the repository of pgBackRest is damaged',
    injected: [
      [REPOSITORY, 'W19: bytes of a file in the repository changed', 'backup.digest-mismatch'],
      [
        REPOSITORY,
        'W19: a file in the repository was cut, so that it cannot be decrypted: the passphrase is not to blame',
        'restore.corrupt',
      ],
    ],
  },
  W20: {
    means: 'the log that the newest backup needs is not in the repository',
    injected: [[REPOSITORY, 'W20: the log of the newest backup is gone', 'backup.wal-missing']],
  },
  W21: {
    means: 'what an incremental backup builds on was let go',
    injected: [[REPOSITORY, 'W21: the full backup was pruned', 'backup.base-missing']],
  },
  W22: {
    means: 'a file that an incremental backup refers to is lost',
    injected: [[REPOSITORY, 'W22: a file that the incremental backup refers to is lost', 'backup.files-missing']],
  },
  W24: {
    means: 'an archived segment is cut or damaged',
    injected: [
      [BASE, 'W24: an archived segment is cut short', 'backup.wal-damaged'],
      [BASE, 'W24: bytes of a segment in the middle changed', 'restore.log-ended-early'],
      [BASE, 'W24: bytes of the last segment changed', 'backup.wal-damaged'],
      [REPOSITORY, 'W24: bytes %s', 'backup.wal-damaged'],
      [BARMAN, 'a segment that is cut off where it lies (W24)', 'backup.wal-damaged'],
    ],
  },
  W25: {
    means: 'a backup of a standby follows for ever where it is restored',
    injected: [
      [BASE, 'W14 W25: what the backup wants of the server that restores it does not happen, and is told', 'restore.standby-signal'],
    ],
  },
  W26: {
    means: 'no new base backup is made, and replaying takes ever longer',
    injected: [
      ['detection/recovery-time.test.ts', 'W26: no new base backup is taken, and the log to be replayed grows', 'objective.rto-missed'],
    ],
  },
  W27: {
    means: 'the passphrase of a repository is lost',
    injected: [[REPOSITORY, 'W27: %s instead of the passphrase says nothing about the backups', 'credentials-refused']],
  },
  W28: {
    means: 'two clusters archive into one folder',
    injected: [[BASE, 'W28: another cluster archives into the same folder', 'backup.wal-foreign']],
  },
};
