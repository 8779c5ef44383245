import type { CatalogueEntry } from './entry.ts';

/** What the look at a backup store and the cheap checks before a restore can find. */
export const backupCodes = {
  'select.no-recovery-point': { outcomes: ['failed'], sentence: 'There is no usable backup to restore.' },
  'select.store-unreadable': {
    outcomes: ['inconclusive'],
    sentence: 'The place where the backups are kept could not be read, so nothing can be said about them.',
  },
  'backup.ok': { outcomes: ['passed'], sentence: 'The backup file is whole, by its own marks.' },
  'backup.empty': { outcomes: ['failed'], sentence: 'A backup file is empty: nothing was saved into it.' },
  'backup.not-a-dump': {
    outcomes: ['failed'],
    sentence: 'A file that should be a backup holds something else: its tool never wrote it.',
  },
  'backup.newer-incomplete': {
    outcomes: ['failed'],
    sentence: 'A backup newer than the newest usable one was begun and never finished.',
  },
  'backup.in-progress': { outcomes: ['skipped'], sentence: 'A newer backup is still being written and was left alone.' },
  'backup.truncated': {
    outcomes: ['failed'],
    sentence: 'The backup is cut off: it ends before the place where its own contents say that it should.',
  },
  'backup.files-missing': {
    outcomes: ['failed'],
    sentence: 'The backup is incomplete: {observed} of the {expected} files that it lists are missing or empty.',
  },
  'backup.damaged': { outcomes: ['failed'], sentence: 'The backup is damaged: its inner structure contradicts itself.' },
  'backup.foreign-members': {
    outcomes: ['failed'],
    sentence: 'The backup archive holds {observed} entries that its tool never writes, such as links or paths that lead outside.',
  },
  'backup.status-unknown': {
    outcomes: ['inconclusive'],
    sentence: '{observed} newer backups lie there of which nobody noted whether they came to their end.',
  },
  'backup.globals-missing': {
    outcomes: ['failed'],
    sentence: 'The file with roles and tablespaces that the plan names is not there, or is not what it should be.',
  },
  'backup.settings-missing': {
    outcomes: ['failed'],
    sentence: 'The settings of the directory that the plan names are not there, or are not what they should be.',
  },
  'backup.digest-mismatch': {
    outcomes: ['failed'],
    sentence: 'The backup no longer has the digest that was written down when it was made: its bytes have changed.',
  },
  'backup.wrong-database': {
    outcomes: ['failed'],
    sentence: 'The newest backup is of another database than the one that should be there.',
  },
  'backup.several-databases': {
    outcomes: ['skipped'],
    sentence: 'The store holds dumps of {observed} databases; the plan does not say which one it means.',
  },
  'backup.unsupported': {
    outcomes: ['inconclusive'],
    sentence: 'A backup is of a kind that cannot be opened here ({object}), so nothing can be said about it.',
  },
  'backup.unreadable': {
    outcomes: ['inconclusive'],
    sentence: '{observed} backup files could not be opened for reading, so nothing can be said about them.',
  },
  'backup.not-checked': {
    outcomes: ['skipped'],
    sentence: 'The backup is too large to be checked in full before the restore; the restore itself is the check.',
  },
  'backup.newer-format': {
    outcomes: ['inconclusive'],
    sentence: 'The backup has archive format {observed}, newer than the {expected} known here, so it could not be checked beforehand.',
  },
  'backup.part-read': {
    outcomes: ['passed'],
    sentence:
      '{observed} of the {expected} parts of everything that the store holds have been read and are as they were written, the first of them on {object}.',
  },
  'backup.part-not-read': {
    outcomes: ['inconclusive'],
    sentence: 'The part of the store whose turn it was could not be read ({object}), so nothing new can be said about older backups.',
  },
  'backup.stale-lock': {
    outcomes: ['failed'],
    sentence: 'The store has been locked for {observed} seconds by a program that is gone: its upkeep cannot go on.',
  },
  'backup.keys-missing': {
    outcomes: ['failed'],
    sentence: 'The key of the backups is not where it should be: without it nobody can read any of them.',
  },
  'backup.filled-with-zeros': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} files in the newest backup were damaged once and “repaired” with zeros: their content is gone.',
  },
  'backup.path-missing': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} folders that should be in the newest backup are not in it.',
  },
  'backup.entries-fewer': {
    outcomes: ['failed'],
    sentence: 'The newest backup holds {observed} {unit}; the one before it held {expected}.',
  },
  'backup.future-date': {
    outcomes: ['inconclusive'],
    sentence: 'The newest backup is dated {observed} seconds in the future: a clock is wrong, so its age cannot be told.',
  },
  'backup.stale': {
    outcomes: ['failed'],
    sentence: 'The newest backup is {observed} seconds old; the backup job promises one at least every {expected} seconds.',
  },
  'backup.redated': {
    outcomes: ['failed'],
    sentence: 'The newest backup file holds an old dump: the dump was made {observed} seconds before the file was stored.',
  },
  'backup.same-bytes': {
    outcomes: ['failed'],
    sentence: 'The newest backup has exactly the bytes of {observed} earlier backups: nothing new was saved.',
  },
  'backup.too-small': {
    outcomes: ['failed'],
    sentence: 'The backup has {observed} bytes; the plan expects at least {expected}.',
  },
  'backup.size-shrunk': { outcomes: ['failed'], sentence: 'The backup shrank to {observed} bytes; usual are {expected}.' },
  'backup.size-grown': { outcomes: ['failed'], sentence: 'The backup grew to {observed} bytes; usual are {expected}.' },
  'backup.too-few': { outcomes: ['failed'], sentence: 'There are {observed} usable backups; the plan expects at least {expected}.' },
  'backup.older-than-objective': {
    outcomes: ['failed'],
    sentence: 'The newest usable backup is {observed} seconds old; at most {expected} seconds of work may be lost.',
  },
  'backup.age-unknown': {
    outcomes: ['inconclusive'],
    sentence: 'The newest backup does not say of which moment its data are, so nobody can tell how much work would be lost.',
  },
  'backup.not-encrypted': {
    outcomes: ['failed'],
    sentence: '{observed} backups are not encrypted; the plan requires it of all.',
  },
  'backup.off-site-missing': {
    outcomes: ['failed'],
    sentence: 'There are {observed} backups away from the site; the plan expects at least {expected}.',
  },
  'backup.off-site-unknown': {
    outcomes: ['inconclusive'],
    sentence: 'The plan expects {expected} backups away from the site; from this store it cannot be told where it stands.',
  },
  'backup.not-locked': {
    outcomes: ['failed'],
    sentence: 'There are {observed} backups that nobody can delete before their time; the plan expects at least {expected}.',
  },
  'backup.lock-unknown': {
    outcomes: ['inconclusive'],
    sentence: 'The plan expects {expected} backups that nobody can delete; this store does not say whether it locks any.',
  },
  'backup.label-missing': {
    outcomes: ['failed'],
    sentence: 'The base backup has no backup_label: a server over it would begin at the wrong place, and its data would be wrong.',
  },
  'backup.manifest-missing': {
    outcomes: ['skipped'],
    sentence: 'The base backup has no manifest, so its files could not be compared with what was backed up.',
  },
  'backup.extra-files': {
    outcomes: ['skipped'],
    sentence: 'Beside the files of the backup lie {observed} others that its manifest does not list.',
  },
  'backup.tablespaces-missing': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} tablespaces of the base backup are not where the plan lets look for them.',
  },
  'backup.wal-missing': {
    outcomes: ['failed'],
    sentence: 'The write-ahead log that the base backup needs is neither in it nor in the archive: no server can start over it.',
  },
  'backup.wal-not-archived': {
    outcomes: ['failed'],
    sentence: 'Nothing was archived since the newest base backup began: the archive of the write-ahead log is not kept.',
  },
  'backup.wal-gap': {
    outcomes: ['failed'],
    sentence: 'The archive of the write-ahead log has a gap: {observed} later segments cannot be reached.',
  },
  'backup.wal-damaged': {
    outcomes: ['failed'],
    sentence:
      'A segment of the archived write-ahead log is cut off or damaged: it and what follows ({observed} segments) cannot be replayed.',
  },
  'backup.wal-foreign': {
    outcomes: ['failed'],
    sentence: 'The archive holds write-ahead log of another cluster where that of this one should be ({observed} segments).',
  },
  'backup.binlog-position-unknown': {
    outcomes: ['failed'],
    sentence: 'The newest backup does not say at which place of the binary logs it was made: none can be replayed over it.',
  },
  'backup.binlog-gap': {
    outcomes: ['failed'],
    sentence: 'A binary log is missing between the newest backup and now: {observed} later ones cannot be replayed.',
  },
  'backup.binlog-damaged': {
    outcomes: ['failed'],
    sentence: 'A binary log is cut off or damaged: it and what follows ({observed} files) cannot be replayed.',
  },
  'backup.binlog-foreign': {
    outcomes: ['failed'],
    sentence: 'A binary log does not follow from what was backed up: it is of another server, or of another history ({observed} files).',
  },
  'backup.binlog-cut': {
    outcomes: ['failed'],
    sentence: 'The newest binary log ends in the middle of a transaction: its last changes were not saved.',
  },
  'backup.page-errors': {
    outcomes: ['failed'],
    sentence: 'The source had damaged pages when the newest backup was made; the tool noted it, and ended as if nothing were wrong.',
  },
  'backup.base-missing': {
    outcomes: ['failed'],
    sentence: '{observed} backups build on others that are not there any more: they cannot be restored.',
  },
  'backup.others-damaged': {
    outcomes: ['failed'],
    sentence: 'The tool found damage in its repository, in other backups than the one that was restored.',
  },
  'backup.timeline-missing': {
    outcomes: ['failed'],
    sentence: 'The timeline that should be followed does not come from that of the base backup.',
  },
  'backup.log-missing': {
    outcomes: ['failed'],
    sentence:
      'The database was copied without the log that lies beside it: what was written last is lost ({observed} pages), and the rest may contradict itself.',
  },
  'backup.log-damaged': {
    outcomes: ['failed'],
    sentence: 'The log beside the database is cut off or damaged: what was written last is lost ({observed} pages).',
  },
  'backup.log-torn': {
    outcomes: ['skipped'],
    sentence:
      'The log beside the database ends in the middle of a page, as when it is copied while somebody writes; nothing else is behind it.',
  },
  'backup.log-unknown': {
    outcomes: ['skipped'],
    sentence:
      'The database keeps its last changes in a log, and none was copied with it: SQLite may have finished it before, or they are lost. The file does not say.',
  },
  'backup.transaction-open': {
    outcomes: ['passed'],
    sentence: 'The copy was made in the middle of a transaction; its journal came along, so that it was taken back.',
  },
  'backup.needs-thaw': {
    outcomes: ['inconclusive'],
    sentence: '{observed} of {expected} objects lie in an archive class: they must be asked for, hours before they can be restored.',
  },
  'backup.objects-damaged': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} objects do not have the bytes of which the store keeps a checksum.',
  },
  'backup.objects-verified': {
    outcomes: ['passed'],
    sentence: '{observed} of {expected} objects have the bytes of which the store keeps a checksum; of the others it keeps none.',
  },
  'backup.not-replicated': {
    outcomes: ['failed'],
    sentence: 'Of {expected} objects that were asked about, {observed} could not be copied to the other place.',
  },
  'backup.job-failed': {
    outcomes: ['failed'],
    sentence: 'The backup job itself says that it failed, {observed} times in a row.',
  },
  'backup.job-late': {
    outcomes: ['failed'],
    sentence: 'The backup job has not begun for {observed} seconds; it promises to run at least every {expected} seconds.',
  },
  'backup.job-long': {
    outcomes: ['failed'],
    sentence: 'The backup job has been running for {observed} seconds; usual are {expected}.',
  },
  'backup.job-silent': {
    outcomes: ['inconclusive'],
    sentence: 'The backup job was to report each run and has never been heard.',
  },
} as const satisfies Record<string, CatalogueEntry>;
