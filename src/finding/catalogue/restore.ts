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
  'restore.incomplete': {
    outcomes: ['failed', 'inconclusive'],
    sentence: 'The line that marks a complete dump is missing: the dump was not finished, or the file was cut off.',
  },
  'restore.not-prepared': {
    outcomes: ['failed'],
    sentence:
      'The backup could not be made consistent ({object} ended with {observed}): parts of it are missing or do not belong together.',
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
    sentence: '{observed} functions of the backup need a program library that is not on the machine that restored it.',
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
  'restore.sandbox-disk-full': { outcomes: ['inconclusive'], sentence: 'The disk space of the sandbox ran out during the restore.' },
  'restore.out-of-memory': { outcomes: ['inconclusive'], sentence: 'The memory of the sandbox ran out during the restore.' },
  'restore.time-limit': { outcomes: ['inconclusive'], sentence: 'The restore reached its time limit.' },
  'restore.server-died': { outcomes: ['inconclusive'], sentence: 'The database server ended unexpectedly during the restore.' },
  'service.ready': { outcomes: ['passed'], sentence: 'The restored database answers questions.' },
  'service.up': { outcomes: ['passed'], sentence: 'The restored database still answered at the end.' },
  'service.locale-missing': {
    outcomes: ['inconclusive'],
    sentence: 'The sort order {expected} of the database is not installed here, so the data were restored under another one.',
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
