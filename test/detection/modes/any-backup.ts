import type { Modes } from './mode.ts';

const CASES = 'detection/cases.ts';
const FILES = 'detection/files.test.ts';
const MARIADB = 'detection/mariadb.test.ts';
const CHECK = 'backup/backup-check-modes.test.ts';
const BUCKET = 'detection/s3-objects.test.ts';

/** Groups A (job, pipeline, transport, retention) and S (object stores). */
export const ofAnyBackup: Modes = {
  A01: {
    means: 'a pipeline hides that the dump failed, and leaves a whole file of nothing',
    injected: [
      [CASES, 'a pipeline swallows the error of pg_dump and leaves an empty gzip', 'backup.empty'],
      [CHECK, 'an empty gzip', 'backup.empty'],
      [MARIADB, 'the output of a dump that failed, compressed', 'backup.truncated'],
      [MARIADB, 'nothing at all, compressed', 'backup.empty'],
    ],
  },
  A02: {
    means: 'a script hides every error and ends with 0',
    injected: [
      [CASES, 'the backup script backs up nothing and ends with exit 0', 'backup.empty'],
      [CHECK, 'nothing, with exit 0', 'backup.empty'],
    ],
  },
  A03: {
    means: 'the dumping program is too old for its server',
    injected: [
      [CASES, 'the client is older than the server, and its complaint is the backup', 'backup.not-a-dump'],
      [CHECK, 'the complaint of a client that is too old', 'backup.not-a-dump'],
    ],
  },
  A04: {
    means: 'the text of an error is kept as the backup',
    injected: [
      [CASES, 'the error text is stored as the backup', 'backup.not-a-dump'],
      [CHECK, 'the error text', 'backup.not-a-dump'],
      [MARIADB, 'the words of an error instead of a dump', 'backup.not-a-dump'],
    ],
  },
  A05: {
    means: 'the job fails for months, and nobody looks',
    injected: [
      [CASES, 'the job has been failing for months and nobody looked', 'backup.stale'],
      [CHECK, 'a job that has failed for months', 'backup.stale'],
      ['detection/barman.test.ts', 'a newer backup that failed (A05)', 'backup.newer-incomplete'],
    ],
  },
  A06: {
    means: 'the disk was full, and the cut file was kept',
    injected: [
      [CASES, 'the disk was full while dumping; the cut file was compressed and kept', 'backup.truncated'],
      [CHECK, 'a cut file beside an older whole one', 'backup.size-shrunk'],
      [MARIADB, 'cut off by a full disk, then compressed', 'backup.truncated'],
    ],
  },
  A08: {
    means: 'a plain dump ends in the middle of a table',
    injected: [
      [CASES, 'a plain dump is cut in the middle of the rows of a table', 'backup.truncated'],
      [MARIADB, 'cut off', 'backup.truncated'],
    ],
  },
  A09: {
    means: 'an archive dump is cut, behind its table of contents',
    injected: [[CASES, 'a custom-format dump is cut at 70 %', 'backup.truncated']],
  },
  A10: {
    means: 'a byte of an archive dump changed',
    injected: [
      [CASES, 'one byte is flipped in the data of a custom-format dump', 'restore.corrupt'],
      [CHECK, 'A10 a flipped byte passes the check: only a drill finds it, and the check does not claim more than it saw', null],
    ],
  },
  A11: {
    means: 'a compressed tar is cut',
    injected: [
      [CASES, 'a compressed tar is cut at 80 %', 'restore.truncated'],
      [FILES, 'the last part was not uploaded', 'restore.truncated'],
    ],
  },
  A13: {
    means: 'a byte of a tar changed that nothing protects',
    injected: [
      [CASES, 'one byte is flipped in an uncompressed tar that has a checksum beside it', 'backup.digest-mismatch'],
      [FILES, 'a byte was flipped', 'restore.corrupt'],
    ],
  },
  A14: {
    means: 'parts of a split file are missing or in another order',
    injected: [
      [CASES, 'a dump was split and only its first part is there', 'restore.truncated'],
      ['backup/archive/restore.test.ts', 'parts in another order', 'restore.corrupt'],
    ],
  },
  A15: {
    means: 'an upload was never completed',
    injected: [
      [CHECK, 'a copy that was begun and never finished', 'backup.newer-incomplete'],
      [BUCKET, 'an upload was never completed', 'files.missing'],
    ],
  },
  A16: {
    means: 'an old backup is stored again under a new date',
    injected: [
      [CASES, 'an old dump is stored again every day under a new date', 'backup.redated'],
      [CHECK, 'an old dump under a new date', 'backup.redated'],
      [CHECK, 'the same bytes under another name', 'backup.same-bytes'],
      [FILES, 'an old copy was stored under a new name', 'objective.rpo-missed'],
    ],
  },
  A17: {
    means: 'somebody else writes to the same place',
    injected: [
      [CASES, 'another system writes to the same place', 'inventory.other-database'],
      [CHECK, 'another database in the same place', 'backup.wrong-database'],
    ],
  },
  A18: {
    means: 'the wrong machine or a test copy is backed up',
    injected: [
      [CASES, 'the test copy was dumped instead of production', 'freshness.data-older-than-point'],
      ['detection/sqlite.test.ts', 'the database of another application', 'backup.wrong-database'],
    ],
  },
  A20: {
    means: 'backups are let go by their age until none is left',
    injected: [
      [CASES, 'the job stopped and the clean-up by age went on until nothing was left', 'select.no-recovery-point'],
      [CHECK, 'fewer backups than the least', 'backup.too-few'],
      ['detection/restic.test.ts', 'a snapshot file is cut, which restic mentions beside the way and ends with 0', 'backup.files-missing'],
    ],
  },
  A21: {
    means: 'a warning stops the job before its last step, the copy to elsewhere',
    injected: [
      [
        'backup/backup-check.test.ts',
        'in a bucket, but too few, as when the job stops before its last step (A21)',
        'backup.off-site-missing',
      ],
    ],
  },
  A22: {
    means: 'part of the source could not be read, and that was called a success',
    injected: [[CASES, 'pg_dump could not read one table, and its exit code was ignored', 'backup.truncated']],
  },
  A23: {
    means: 'the copies share their fate with production',
    injected: [[CHECK, 'copies beside the production that nobody can tell to be elsewhere', 'backup.off-site-unknown']],
  },
  A24: {
    means: 'the backup job itself deletes what it should save',
    injected: [['probe/files.test.ts', 'an exclusion drops most of it, or the backup script itself deletes it (F08, A24)', 'files.fewer']],
  },
  A25: {
    means: 'nobody is reached by any message',
    notOurs: 'no backup shows it: signs of life and pings are for that (test/escalate, test/web)',
  },

  S01: {
    means: 'the newest version of an object is a mark of deletion',
    injected: [[BUCKET, 'marks of deletion over everything', 'select.no-recovery-point']],
  },
  S02: {
    means: 'a rule moved objects to where they cannot be read from at once',
    injected: [[BUCKET, 'a rule moved objects to an archive class', 'backup.needs-thaw']],
  },
  S03: {
    means: 'a rule deletes by age what is still needed',
    injected: [[BUCKET, 'a rule let go what is older than it may be', 'files.missing']],
  },
  S05: {
    means: 'objects are listed, and may not be read or lack their lock',
    injected: [[BUCKET, 'objects may be listed and not read', 'drill.could-not-fetch']],
  },
};
