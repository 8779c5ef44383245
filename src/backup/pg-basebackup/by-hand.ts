import type { BackupSection } from '../../plan/plan.ts';
import { plainMoment, readableBy, startCluster } from '../by-hand-cluster.ts';
import { handFolder, quoted, type ByHand, type HandPlace } from '../by-hand.ts';
import { targetOf, type RecoveryOptions } from '../recovery-options.ts';
import { readOptions } from './options.ts';

/** Of base backups the newest that began before the moment that is wanted; whichever way they were written. */
export function byHand(section: BackupSection, at: HandPlace): ByHand {
  const { from, wal, tablespaces, ...recovery } = readOptions(section);
  const target = targetOf(recovery);
  const before = target.to === 'time' ? ` ! -newermt ${quoted(target.at)}` : '';
  return {
    fetch: [
      `BACKUP=$(dirname "$(newest ${quoted(from)} '(' -name backup_label -o -name 'base.tar*' ')'${before})")`,
      'test "$BACKUP" != . && ls -ld "$BACKUP"',
    ],
    restore: [...takeCluster(at.component, tablespaces), ...(wal === undefined ? [] : replaying(wal, recovery, at))],
    ...startCluster(at),
    remarks: remarksOf(wal),
  };
}

/** barman has a catalogue: a backup that did not end is none. */
export function barmanByHand(section: BackupSection, at: HandPlace): ByHand {
  const { from, ...recovery } = section.options as unknown as RecoveryOptions & { readonly from: string };
  return {
    fetch: [
      `grep -H -E '^(status|begin_time|end_time)=' ${quoted(from)}/base/*/backup.info`,
      `BACKUP=$(dirname "$(grep -l '^status=DONE' ${quoted(from)}/base/*/backup.info | sort | tail -n 1)")/data`,
      'ls -ld "$BACKUP"',
    ],
    restore: [...takeCluster(at.component, undefined), ...replaying(`${from}/wals`, recovery, at)],
    ...startCluster(at),
    remarks: [
      ...remarksOf(`${from}/wals`),
      ...(targetOf(recovery).to === 'newest'
        ? []
        : ['If the newest backup began after the moment that is wanted, set BACKUP to the data folder of an earlier one.']),
    ],
  };
}

function remarksOf(wal: string | undefined): readonly string[] {
  return wal === undefined
    ? ['Without an archive of the log it comes back as it was at the end of the base backup.']
    : ['The server itself takes the archived log, as the user postgres: what he may not read is copied first.'];
}

/** Tablespaces lie beside the data, where a link says, or in archives of their own; they must not be where they were. */
function takeCluster(component: string, tablespaces: string | undefined): readonly string[] {
  const folder = handFolder(component);
  const spaces = `$RECOVERED/${component}-tablespaces`;
  const beside =
    tablespaces === undefined
      ? ''
      : `[ -d "$SPACE" ] || SPACE=${quoted(tablespaces)}/$NUMBER; [ -d "$SPACE" ] || SPACE=${quoted(tablespaces)}/$(basename "$(readlink "$LINK")"); `;
  return [
    `install -d -m 700 ${folder} "${spaces}"`,
    `if [ -e "$BACKUP/PG_VERSION" ]; then cp -a "$BACKUP/." ${folder}/; else`,
    `  for TAR in "$BACKUP"/base.tar*; do opened "$TAR" | tar -xp -C ${folder}; done`,
    `  for TAR in "$BACKUP"/pg_wal.tar*; do [ ! -e "$TAR" ] || opened "$TAR" | tar -xp -C ${folder}/pg_wal; done`,
    'fi',
    `for TAR in "$BACKUP"/[0-9]*.tar*; do [ -e "$TAR" ] || continue`,
    `  NUMBER=$(basename "$TAR" | cut -d . -f 1); mkdir -p "${spaces}/$NUMBER"; opened "$TAR" | tar -xp -C "${spaces}/$NUMBER"`,
    `  sed -i "s|^$NUMBER .*|$NUMBER ${spaces}/$NUMBER|" ${folder}/tablespace_map`,
    'done',
    `for LINK in ${folder}/pg_tblspc/*; do [ -L "$LINK" ] || continue; NUMBER=$(basename "$LINK")`,
    `  SPACE="$(dirname "$BACKUP")/$NUMBER"; ${beside}[ -d "$SPACE" ] || SPACE="$(readlink "$LINK")"`,
    `  mkdir -p "${spaces}/$NUMBER"; cp -a "$SPACE/." "${spaces}/$NUMBER/"; ln -sfn "${spaces}/$NUMBER" "$LINK"`,
    'done',
    `rm -f ${folder}/postmaster.pid ${folder}/standby.signal ${folder}/recovery.signal`,
    `chown -R postgres:postgres ${folder} "${spaces}"`,
  ];
}

/** Segments may be packed, with or without saying so in their names, and lie in folders. */
const TAKE = [
  '#!/bin/sh',
  '# Copies the segment $2 of the archive $1 to $3.',
  'for file in "$1/$2" "$1"/*/"$2" "$1/$2".gz "$1/$2".zst "$1/$2".lz4 "$1/$2".xz "$1/$2".bz2 "$1"/*/"$2".gz "$1"/*/"$2".zst "$1"/*/"$2".lz4 "$1"/*/"$2".xz "$1"/*/"$2".bz2; do [ -f "$file" ] && break; done',
  '[ -f "$file" ] || exit 1',
  'case "$(head -c 6 "$file" | od -An -tx1 | tr -d " \\n")" in',
  '  1f8b*) gzip -dc ;; 28b52ffd*) zstd -dc ;; 04224d18*) lz4 -dc ;; fd377a58*) xz -dc ;; 425a68*) bzip2 -dc ;; *) cat ;;',
  'esac < "$file" > "$3"',
];

function replaying(wal: string, recovery: RecoveryOptions, { component }: HandPlace): readonly string[] {
  const folder = handFolder(component);
  const take = `$RECOVERED/${component}-take-log`;
  const copy = `"$RECOVERED/${component}-log"`;
  return [
    `WAL=${quoted(wal)}`,
    ...readableBy('postgres', { from: wal, copy, then: [`WAL=${copy}`] }),
    `cat > "${take}" <<'TAKE'`,
    ...TAKE,
    'TAKE',
    `chmod 755 "${take}"`,
    `cat >> ${folder}/postgresql.auto.conf <<CONF`,
    `restore_command = '"${take}" "$WAL" "%f" "%p"'`,
    ...settingsOf(recovery),
    'CONF',
    `install -o postgres -m 600 /dev/null ${folder}/recovery.signal`,
  ];
}

function settingsOf(recovery: RecoveryOptions): readonly string[] {
  const target = targetOf(recovery);
  const timeline = `recovery_target_timeline = '${recovery.timeline === undefined ? 'latest' : String(recovery.timeline)}'`;
  if (target.to === 'newest' || target.to === 'consistent') return [timeline];
  const value = target.to === 'time' ? plainMoment(target.at) : target.to === 'lsn' ? target.lsn : target.name;
  return [timeline, `recovery_target_${target.to} = '${value}'`, "recovery_target_action = 'promote'"];
}
