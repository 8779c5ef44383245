import type { Modes } from './mode.ts';

const COPIES = 'detection/files.test.ts';
const RESTIC = 'detection/restic.test.ts';
const BORG = 'detection/borg.test.ts';
const BUCKET = 'detection/s3-objects.test.ts';
const DUMPS = 'detection/application-cases.ts';

/** Group F (repositories, archives and copies of files). */
export const ofFiles: Modes = {
  F01: {
    means: 'bits rot in a repository',
    injected: [
      [RESTIC, 'bit rot in a pack: the listing knows nothing of it, the restore and the reading of the pack do', 'restore.corrupt'],
      [RESTIC, 'bit rot in the file that holds how everything is cut into pieces', 'backup.damaged'],
      [BUCKET, 'bytes rotted where they lie', 'backup.objects-damaged'],
    ],
  },
  F02: { means: 'a pack is cut or missing, and later backups succeed', injected: [[RESTIC, 'a pack is cut', 'backup.truncated']] },
  F03: { means: 'the index of a repository is gone', injected: [[RESTIC, 'the index is deleted', 'backup.damaged']] },
  F04: {
    means: 'the key of a repository is lost',
    injected: [
      [RESTIC, 'the keys are lost', 'backup.keys-missing'],
      [RESTIC, 'the only key is damaged, which restic takes for a wrong password or for an error of its own', 'backup.damaged'],
      [BORG, 'the key is lost', 'backup.keys-missing'],
    ],
  },
  F05: {
    means: 'files could not be read, and the rest was saved',
    injected: [
      [RESTIC, 'files could not be read, or were excluded, and restic called it a backup', 'backup.entries-fewer'],
      [BORG, 'files could not be read, or were excluded, and borg called it a backup', 'backup.entries-fewer'],
    ],
  },
  F06: {
    means: 'a folder that should be saved is not there',
    injected: [
      [RESTIC, 'a named folder was not there, and restic left it out', 'backup.path-missing'],
      [BORG, 'a named folder was not there, and borg warned where nobody looks', 'backup.path-missing'],
    ],
  },
  F07: {
    means: 'an empty mount point was saved',
    injected: [
      [COPIES, 'the mount was absent', 'restore.no-files'],
      [RESTIC, 'nothing was mounted, and an empty folder was saved', 'backup.empty'],
      [BORG, 'nothing was mounted, and an empty folder was saved', 'backup.empty'],
    ],
  },
  F08: {
    means: 'an exclusion drops data',
    injected: [
      [COPIES, 'an exclusion dropped a folder', 'files.fewer'],
      [RESTIC, 'files could not be read, or were excluded, and restic called it a backup', 'backup.entries-fewer'],
      [BORG, 'files could not be read, or were excluded, and borg called it a backup', 'backup.entries-fewer'],
    ],
  },
  F09: {
    means: 'what ransomware encrypted is backed up faithfully',
    injected: [
      [COPIES, 'ransomware encrypted everything in place', 'files.look-encrypted'],
      [COPIES, 'what should be records is noise', 'format.broken'],
      [BUCKET, 'everything was encrypted in place', 'files.look-encrypted'],
      ['detection/pacs.test.ts', 'F09: every file was encrypted in place', 'dicom.images-altered'],
    ],
  },
  F11: {
    means: 'a lock was left behind, and upkeep stands still',
    injected: [
      [RESTIC, 'the lock of a program that was killed, a day ago', 'backup.stale-lock'],
      [BORG, 'the lock of a program that was killed, two days ago', 'backup.stale-lock'],
    ],
  },
  F13: {
    means: 'attributes and access lists are lost',
    injected: [[COPIES, 'attributes were left out, and holes were filled', 'files.attributes-lost']],
  },
  F14: {
    means: 'files with holes come back filled',
    injected: [[COPIES, 'attributes were left out, and holes were filled', 'files.holes-filled']],
  },
  F16: {
    means: 'a file changed while it was read',
    injected: [
      [COPIES, 'records were caught half-written', 'format.broken'],
      [RESTIC, 'F16: a file that was written meanwhile came back torn: restic does not say so, and its format does', 'format.broken'],
      [BORG, 'F16: a file that was written meanwhile came back torn: borg does not say so, and its format does', 'format.broken'],
    ],
  },
  F18: {
    means: 'a mirror of an empty source deletes the copy',
    injected: [[COPIES, 'a mirror of an empty source deleted the copy', 'select.no-recovery-point']],
  },
  F19: {
    means: 'a repair fills with zeros, and all is well since',
    injected: [[BORG, 'the repository was repaired with zeros, and is called whole since', 'backup.filled-with-zeros']],
  },
  F20: {
    means: 'a segment is damaged or lost',
    injected: [
      [BORG, 'bit rot in a segment: the listing knows nothing of it, the restore and the reading of the segment do', 'restore.corrupt'],
      [BORG, 'a segment is lost', 'backup.files-missing'],
      [BORG, 'the newest segment is lost, and borg goes back to what was before it without a word', 'backup.files-missing'],
      [BORG, 'the newest segment is damaged, and borg does the same', 'backup.damaged'],
    ],
  },
  F21: {
    means: 'a repository was moved, and the tool asks a question that nobody answers',
    injected: [[BORG, 'a repository with two archives, and F21: an older copy of it in another place', null]],
  },
  F22: { means: 'a volume of duplicity is lost', notOurs: 'there is no tool for duplicity: `command` can drill it' },
  F24: {
    means: 'upkeep took what is still needed',
    injected: [[RESTIC, 'pruning took a pack that is still needed', 'backup.files-missing']],
  },
  F25: {
    means: 'what is encrypted cannot be opened, or was opened with the wrong key',
    injected: [
      [DUMPS, 'a dump that was decrypted with the wrong password, which openssl calls a success', 'backup.not-a-dump'],
      [DUMPS, 'a dump that lies there encrypted, under a name that says so', 'drill.could-not-select'],
      [DUMPS, 'a dump that lies there encrypted, under the name of a dump', 'drill.could-not-select'],
      [COPIES, 'it was decrypted with the wrong password, which openssl calls a success', 'backup.not-a-dump'],
      [COPIES, 'it lies there encrypted, under a name that says so', 'drill.could-not-select'],
      [COPIES, 'it lies there encrypted, under the name of an archive', 'drill.could-not-select'],
      ['backup/archive/list.test.ts', 'so is one of which only its name says it (F25)', 'backup.unsupported'],
    ],
  },
};
