import type { BackupSection } from '../../plan/plan.ts';
import { replayLines } from '../binlogs/by-hand.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { KEYS, readOptions, type MariabackupOptions } from './options.ts';

/** The newest full backup, then the increments that follow it, each where the one before it ended. */
export function byHand(section: BackupSection, { component }: HandPlace): ByHand {
  const options = readOptions(section);
  const { from } = options;
  const folder = handFolder(component);
  const all = `find ${quoted(from)} -name '*backup_checkpoints'`;
  return {
    fetch: [
      `${all} -exec grep -H -E 'backup_type|from_lsn|to_lsn' {} +`,
      `BACKUP=$(dirname "$(${all} -exec grep -l -E 'backup_type = full' {} + | xargs -d '\\n' ls -1t | sed -n 1p)")`,
      'test "$BACKUP" != . && ls -ld "$BACKUP"',
    ],
    restore: [
      `mkdir -p ${folder} && cp -a "$BACKUP/." ${folder}/`,
      ...keysLines(options, folder),
      `lsn() { sed -n "s/^$1 = //p" ${folder}/*backup_checkpoints; }`,
      `next() { ${all} -exec awk -v to="$(lsn to_lsn)" -v last="$(lsn last_lsn)" '/^from_lsn/ { from = $3 } /^last_lsn/ && from == to && $3 > last { print $3, FILENAME }' {} + | sort -n | sed -n 1p | cut -d ' ' -f 2-; }`,
      `mariadb-backup --prepare --target-dir=${folder}`,
      'while INCREMENT=$(next) && [ -n "$INCREMENT" ]; do',
      `  rm -rf "$RECOVERED/${component}-increment" && cp -a "$(dirname "$INCREMENT")" "$RECOVERED/${component}-increment"`,
      `  mariadb-backup --prepare --target-dir=${folder} --incremental-dir="$RECOVERED/${component}-increment" || break`,
      'done',
      `test -z "$INCREMENT" && rm -rf "$RECOVERED/${component}-increment" && chown -R mysql:mysql ${folder}`,
    ],
    start: startLines(options, component),
    startRemarks: [
      `The server runs with the settings that the backup brought along (backup-my.cnf), takes no network connections, starts no events and writes no binary log.`,
      'Its accounts are those of the source: log in as it was done there. If the log of the server says that it is of another version, install that one.',
    ],
    remarks: ['A stream is unpacked first: mkdir FOLDER && opened FILE | mbstream -x -C FOLDER; then set BACKUP=FOLDER before this step.'],
    afterwards: [
      `${component}: stop the server (mariadb-admin shutdown), bring the settings of the source back (/etc/mysql), and start it with these and --datadir=${folder}. Its next backup must be a full one.`,
    ],
  };
}

/** Where the settings of the backup say. */
function keysLines({ encryption }: MariabackupOptions, folder: string): readonly string[] {
  if (encryption === undefined) return [];
  return [
    `KEYS=$(sed -n 's/^file_key_management_filename *= *//p' ${folder}/backup-my.cnf)`,
    `printf '%s\\n' "$${KEYS}" | install -D -o mysql -m 600 /dev/stdin "$KEYS"`,
  ];
}

function startLines(options: MariabackupOptions, component: string): readonly string[] {
  const folder = handFolder(component);
  const server = `$RECOVERED/${component}-server`;
  const places = [`--datadir=${folder}`, ...['socket', 'pid-file', 'log-error'].map(name => `--${name}="${server}/${name}"`)];
  const reached = `--socket="${server}/socket"`;
  return [
    `install -d -o mysql -g mysql -m 700 "${server}"`,
    `nohup mariadbd --defaults-file=${folder}/backup-my.cnf --user=mysql ${places.join(' ')} --skip-networking --skip-log-bin --skip-slave-start --event-scheduler=OFF > /dev/null 2>&1 &`,
    `SERVER=$!; until mariadb-admin ${reached} ping > /dev/null 2>&1; do kill -0 $SERVER 2> /dev/null || break; sleep 1; done`,
    `mariadb-admin ${reached} ping || { tail -n 20 "${server}/log-error"; false; }`,
    // From where the last increment ended.
    ...replayLines(options, { place: `cat ${folder}/*_binlog_info`, client: `mariadb --socket="$RECOVERED/${component}-server/socket"` }),
  ];
}
