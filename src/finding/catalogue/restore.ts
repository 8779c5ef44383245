import type { CatalogueEntry } from './entry.ts';

/** What restoring a recovery point and starting the service over it can find. */
export const restoreCodes = {
  'restore.ok': { outcomes: ['passed'], sentence: 'Everything in the backup was restored without an error.' },
  'restore.harmless': {
    outcomes: ['passed'],
    sentence: 'The server refused {observed} statements that change nothing in an empty database ({object}).',
  },
  'restore.errors': {
    outcomes: ['failed', 'inconclusive'],
    sentence: '{observed} statements of the backup were refused while it was restored ({unit}, first at {object}).',
  },
  'restore.constraint-not-restored': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'The rule {object} could not be restored, because rows in the backup break it ({observed}).',
  },
  'restore.truncated': { outcomes: ['failed'], sentence: 'The backup ends before its end: it was cut off.' },
  'restore.corrupt': { outcomes: ['failed'], sentence: 'The backup is damaged: parts of it cannot be read.' },
  'restore.mixed-moments': {
    outcomes: ['failed'],
    sentence:
      '{observed} pages of the table files are newer than the backup that they are in: files of different moments were put together.',
  },
  'restore.table-key-missing': {
    outcomes: ['failed', 'inconclusive'],
    sentence: '{observed} {unit} are encrypted with {object}, which is not among the keys that the plan names: nobody can read them.',
  },
  'restore.table-key-wrong': {
    outcomes: ['failed'],
    sentence:
      '{observed} tables that are encrypted with {object} cannot be read with it, although their bytes are sound: it is another key.',
  },
  'restore.incomplete': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'The line that marks a complete dump is missing: the dump was not finished, or the file was cut off.',
  },
  'restore.not-prepared': {
    outcomes: ['failed'],
    sentence:
      'The backup could not be made consistent ({object} ended with {observed}): parts of it are missing or do not belong together.',
  },
  'restore.entries-differ': {
    outcomes: ['failed'],
    sentence: '{observed} of the {expected} files and folders that the backup lists did not come back, or not as it lists them.',
  },
  'restore.owners-not-set': {
    outcomes: ['skipped'],
    sentence: '{observed} {unit} belong to users whom the sandbox does not have; whether they can be given back to them was not tried.',
  },
  'restore.devices-not-made': {
    outcomes: ['skipped'],
    sentence: '{observed} {unit} of the backup cannot be made in the sandbox, so they were left out.',
  },
  'restore.not-compared': {
    outcomes: ['skipped'],
    sentence: '{observed} {unit} could not be compared one by one with what the backup lists, because of their names or modes.',
  },
  'restore.rows-differ': {
    outcomes: ['failed'],
    sentence: 'The rows of {object} that came back are not those that the backup holds.',
  },
  'restore.newer-format': {
    outcomes: ['inconclusive'],
    sentence:
      'The backup was written by a newer PostgreSQL than the tools here can read: pg_restore {expected} or newer is needed, {observed} is installed.',
  },
  'restore.tool-missing': {
    outcomes: ['inconclusive'],
    sentence: 'The program {object}, which this backup needs to be restored, is not installed here.',
  },
  'restore.unknown-exit': {
    outcomes: ['inconclusive'],
    sentence: 'The restoring program {object} ended in a way that is not known ({observed}), so nothing can be concluded from it.',
  },
  'restore.expands-too-far': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'The backup grows beyond the disk limit of the sandbox when it is decompressed (more than {observed} {unit}).',
  },
  'restore.roles-invented': {
    outcomes: ['failed'],
    sentence:
      '{observed} roles that the backup refers to are in no backup; they were made up so that the rest could be restored. After a real loss nobody could log in as one of them.',
  },
  'restore.owners-not-in-dump': {
    outcomes: ['failed'],
    sentence: 'The backup does not say who owns its {observed} {unit}: after a real loss the application may not be allowed to use them.',
  },
  'restore.extension-missing': {
    outcomes: ['inconclusive'],
    sentence: 'The backup needs the extension {object}, which is not installed on the machine that restored it.',
  },
  'restore.library-missing': {
    outcomes: ['inconclusive'],
    sentence: '{observed} functions or modules of the backup need a program library that is not on the machine that restored it.',
  },
  'restore.collation-missing': {
    outcomes: ['inconclusive'],
    sentence: '{observed} objects of the backup need a sort order that is not installed on the machine that restored it.',
  },
  'restore.tablespaces-ignored': {
    outcomes: ['passed'],
    sentence: 'The backup places objects in {observed} tablespaces; here everything was restored into one place.',
  },
  'restore.script-replaces-database': {
    outcomes: ['failed'],
    sentence: 'The backup is a script that drops or makes a database by name: run against the wrong server it would replace the live one.',
  },
  'restore.runs-programs': {
    outcomes: ['failed'],
    sentence: 'The backup tries to run programs or to reach files of the machine that restores it ({object}). It was not let to.',
  },
  'restore.unexpected-command': {
    outcomes: ['failed'],
    sentence: 'The backup holds a command that its tool never writes: it is damaged, or somebody changed it.',
  },
  'restore.stopped-at-table': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'The table {object} could not take its rows, so what comes after it in the backup could not be restored or judged.',
  },
  'restore.no-entries': { outcomes: ['failed'], sentence: 'The backup holds not a single entry of a directory.' },
  'restore.schema-missing': {
    outcomes: ['failed', 'inconclusive'],
    sentence: '{observed} entries did not come back: they need definitions that are in no backup ({object}).',
  },
  'restore.entries-refused': {
    outcomes: ['failed'],
    sentence: '{observed} entries of the backup were refused by the directory: {object}.',
  },
  'restore.duplicate-entries': { outcomes: ['failed'], sentence: '{observed} entries are in the backup more than once.' },
  'restore.values-unreadable': {
    outcomes: ['failed'],
    sentence: '{observed} values of the backup cannot be decoded: their entries come back without them, and no tool says so.',
  },
  'restore.suffix-missing': {
    outcomes: ['failed'],
    sentence: 'The topmost entry of the directory is not in the backup: what lies below it cannot be reached.',
  },
  'restore.parents-missing': {
    outcomes: ['failed', 'inconclusive'],
    sentence: '{observed} entries above others are not in the backup: what lies below them cannot be reached.',
  },
  'restore.settings-refused': {
    outcomes: ['inconclusive'],
    sentence: 'The definitions and access rules that were saved with the directory were refused by the version of the server that is here.',
  },
  'restore.no-files': { outcomes: ['failed'], sentence: 'The backup holds not a single file.' },
  'restore.hostile-members': {
    outcomes: ['failed'],
    sentence: 'The archive holds {observed} members that no honest tool writes ({object}). They were not restored.',
  },
  'restore.members-left-out': {
    outcomes: ['failed'],
    sentence: '{observed} members of the archive were left out, because they have no place in a sandbox ({object}).',
  },
  'restore.members-doubtful': {
    outcomes: ['failed'],
    sentence: '{observed} members of the archive may come back otherwise on another machine ({object}).',
  },
  'restore.sandbox-disk-full': { outcomes: ['inconclusive'], sentence: 'The disk space of the sandbox ran out during the restore.' },
  'restore.out-of-memory': { outcomes: ['inconclusive'], sentence: 'The memory of the sandbox ran out during the restore.' },
  'restore.time-limit': { outcomes: ['inconclusive'], sentence: 'The restore reached its time limit.' },
  'restore.server-died': { outcomes: ['inconclusive'], sentence: 'The database server ended unexpectedly during the restore.' },
  'restore.files-restored': { outcomes: ['passed'], sentence: 'Every file of the backup was put in its place.' },
  'restore.log-replayed': { outcomes: ['passed'], sentence: 'The write-ahead log was replayed to its end ({observed} archived segments).' },
  'restore.binlog-replayed': { outcomes: ['passed'], sentence: 'The binary logs were replayed to their end ({observed} files).' },
  'restore.binlog-refused': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'Replaying the binary logs ended with {observed}: that change and what followed it are missing.',
  },
  'restore.last-transaction': { outcomes: ['passed'], sentence: 'The last transaction that was replayed was committed at {observed}.' },
  'restore.log-ended-early': {
    outcomes: ['failed'],
    sentence:
      'Recovery ended before the end of the archived write-ahead log: {observed} bytes of it were not replayed, and what they changed is missing.',
  },
  'restore.target-not-reached': {
    outcomes: ['failed'],
    sentence: 'The moment to which the plan recovers is not in the archived log: recovery ended before it.',
  },
  'restore.server-refuses': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'No server starts over the restored files: recovery ended with error {observed}.',
  },
  'restore.settings-foreign': {
    outcomes: ['failed'],
    sentence: 'The settings that were saved with the directory name no database of it: its access rules do not come back.',
  },
  'restore.settings-too-low': {
    outcomes: ['inconclusive'],
    sentence: 'The source raised its settings after the backup beyond those of the server that recovered it here.',
  },
  'restore.settings-not-in-backup': {
    outcomes: ['skipped'],
    sentence: 'The settings of the server are not in the backup: after a real loss they must come from elsewhere.',
  },
  'restore.preload-missing': {
    outcomes: ['inconclusive'],
    sentence:
      'The settings in the backup load {observed} program libraries that are not on the machine that restored it; it was started without them.',
  },
  'restore.standby-signal': {
    outcomes: ['failed'],
    sentence:
      'The backup was taken from a standby and holds standby.signal: a server started over it as it is follows another one and never becomes usable.',
  },
  'service.collation-differs': {
    outcomes: ['inconclusive'],
    sentence:
      'The sort order of {observed} databases is of another version here than in the source, so indexes on text may be wrong here and right there.',
  },
  'service.databases-not-asked': {
    outcomes: ['skipped'],
    sentence: '{observed} more databases came back with the cluster and were not asked; a plan can name which one is.',
  },
  'service.ready': { outcomes: ['passed'], sentence: 'The restored database answers questions.' },
  'service.up': { outcomes: ['passed'], sentence: 'The restored database still answered at the end.' },
  'service.locale-missing': {
    outcomes: ['inconclusive'],
    sentence: 'The sort order {expected} of the database is not installed here, so the data were restored under another one.',
  },
  'service.index-missing': {
    outcomes: ['failed'],
    sentence: 'The index of the archive is not in the backup: a server over it would start, and know of no image.',
  },
  'service.index-damaged': { outcomes: ['failed'], sentence: 'The index of the archive is damaged: no server starts over it.' },
  'service.not-ready': {
    outcomes: ['failed'],
    sentence: 'The restored application was not ready within {limitMs} ms.',
  },
  'service.exited': {
    outcomes: ['failed'],
    sentence: 'The restored application ended by itself with exit code {observed} instead of running on.',
  },
  'service.program-missing': {
    outcomes: ['failed'],
    sentence: 'The program that is the application is not among the restored files, or may not be run.',
  },
  'service.other-port': {
    outcomes: ['inconclusive'],
    sentence: 'The restored application listens on port {observed}; the plan says {expected}.',
  },
  'service.died': { outcomes: ['inconclusive'], sentence: 'The restored database server ended unexpectedly.' },
  'service.restarted': {
    outcomes: ['inconclusive'],
    sentence: 'The restored database server was not the same one at the end: it restarted in between.',
  },
  'service.no-answer': { outcomes: ['inconclusive'], sentence: 'The restored database server runs but did not answer.' },
  'service.out-of-memory': {
    outcomes: ['inconclusive'],
    sentence: 'The restored database server reached the memory limit of the sandbox.',
  },
  'service.disk-full': { outcomes: ['inconclusive'], sentence: 'The restored database server reached the disk limit of the sandbox.' },
} as const satisfies Record<string, CatalogueEntry>;
