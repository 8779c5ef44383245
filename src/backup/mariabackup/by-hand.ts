import type { BackupSection } from '../../plan/plan.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { readOptions } from './options.ts';

/** The newest full backup; its increments and logs are named, because their order is in what they say of themselves. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const { from, binlogs, encryption, target } = readOptions(section);
  const folder = handFolder(component);
  const until = target !== undefined && target !== 'newest' ? ` --stop-datetime=${quoted(target.time)}` : '';
  return {
    fetch: [
      `grep -H -E 'backup_type|from_lsn|to_lsn' ${quoted(from)}/*/*backup_checkpoints`,
      `BACKUP=$(dirname "$(grep -l -E 'backup_type = full' ${quoted(from)}/*/*backup_checkpoints | xargs -d '\\n' ls -1t | head -n 1)")`,
      'ls -ld "$BACKUP"',
    ],
    restore: [`cp -a "$BACKUP" ${folder}`, `mariadb-backup --prepare --target-dir=${folder}`, `chown -R mysql:mysql ${folder}`],
    start: [`mariadbd-safe --datadir=${folder} &`],
    remarks: [
      'Increments: prepare the full backup, then each in the order of from_lsn with --incremental-dir=FOLDER, before anything is started.',
      'A stream is unpacked first: mkdir FOLDER && mbstream -x -C FOLDER < FILE.',
      ...(binlogs === undefined
        ? []
        : [
            `Binary logs lie in ${binlogs}. Once the server runs: mariadb-binlog${until} --start-position=POSITION FIRST-LOG … | mariadb, with log and position from xtrabackup_binlog_info.`,
          ]),
      ...(encryption === undefined
        ? []
        : ['The keys of encrypted tables must lie where file_key_management_filename says, before the start.']),
    ],
  };
}
