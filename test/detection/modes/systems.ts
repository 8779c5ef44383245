import type { Modes } from './mode.ts';

const DUMPS = 'detection/application-cases.ts';
const COPIES = 'detection/files.test.ts';
const PACS = 'detection/pacs.test.ts';
const DIRECTORY = 'detection/directory.test.ts';
const TIME = 'detection/recovery-time.test.ts';

/** Groups X (application, across systems, recovery) and V (images of virtual machines). */
export const ofSystems: Modes = {
  X01: {
    means: 'a database names files that came back from nowhere',
    injected: [
      [PACS, 'X01: the index knows images whose files are not there; others were cut, or have another byte', 'dicom.images-missing'],
    ],
  },
  X02: {
    means: 'a database and its files are of different moments',
    injected: [
      [
        PACS,
        'X02: a PACS with its index in PostgreSQL comes back from two backups, and images that only the index has are found',
        'dicom.images-missing',
      ],
      ['detection/sqlite.test.ts', 'copied without its log', 'backup.log-missing'],
    ],
  },
  X03: {
    means: 'a key outside of the backup is lost',
    injected: [[DUMPS, 'the key to sealed letters is not in the backup', 'sql.unexpected']],
  },
  X04: {
    means: 'the application lacks what it starts with',
    injected: [
      [DIRECTORY, 'X04: definitions of its own are in no backup', 'restore.schema-missing'],
      [DIRECTORY, 'X04: the plan names settings that are not there', 'backup.settings-missing'],
    ],
  },
  X05: {
    means: 'no tool here is new enough',
    injected: [['detection/cases.ts', 'the archive is of a format that no pg_restore here knows', 'restore.newer-format']],
  },
  X06: {
    means: 'a backup is called complete and holds no data',
    injected: [[COPIES, 'the backup holds the list of its files, and none of them', 'files.missing']],
  },
  X07: {
    means: 'there is nothing to restore onto',
    notOurs: 'no backup shows it: a drill needs a machine, and proves only that this one is enough',
  },
  X08: {
    means: 'a restore takes far longer than agreed',
    injected: [[TIME, 'X08: the storage to restore from is slow', 'objective.rto-missed']],
  },
  X09: { means: 'a restore takes longer every week', injected: [[TIME, 'X09: the data grow every week', 'objective.rto-missed']] },
  X10: {
    means: 'data were spoiled before they were saved',
    injected: [[DUMPS, 'a script without a condition spoiled every row, and was backed up faithfully', 'sql.unexpected']],
  },
  X11: {
    means: 'part of a system was never in any backup',
    injected: [[DUMPS, 'the images of a system are in no backup at all', 'drill.component-not-supported']],
  },
  X12: {
    means: 'the restored copy acts on the outside world',
    injected: [
      ['detection/detection.test.ts', 'X12: what the restored copy would do to the outside world does not get there, and is counted', null],
    ],
  },
  X13: {
    means: 'a system comes up before what it needs',
    injected: [[PACS, 'X13: the database that should hold the index came back without its tables', 'service.index-missing']],
  },
  X14: { means: 'the backup brings malware back', injected: [[COPIES, 'malware was saved with the rest', 'files.forbidden']] },

  V01: {
    means: 'an image without the one that it builds on',
    notOurs: 'there is no tool for images of machines: `command` can drill them',
  },
  V03: { means: 'an image that was cut', notOurs: 'there is no tool for images of machines: `command` can drill them' },
  V05: { means: 'a disk or the definition is missing', notOurs: 'there is no tool for images of machines: `command` can drill them' },
  V06: { means: 'a machine was saved amid its writing', notOurs: 'there is no tool for images of machines: `command` can drill them' },
};
