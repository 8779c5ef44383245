import { placeIn, type BinlogPlace } from '../binlogs/place.ts';
import type { LocalTime } from '../created.ts';

/** What a backup says of itself in `xtrabackup_checkpoints` and `xtrabackup_info`. Untrusted; what it does not say is `null`. */
export interface BackupSays {
  readonly type: 'full' | 'incremental' | 'prepared' | null;
  readonly fromLsn: string | null;
  readonly toLsn: string | null;
  /** Up to which its log reaches: rises from backup to backup, also where nothing else does. */
  readonly lastLsn: bigint;
  /** When it ended, in the clock of its machine: the data are of that moment. */
  readonly ended: LocalTime | null;
  /** Such as `10.11`. */
  readonly series: string | null;
  /** At which place of the binary logs of its server it was made; `null`: the server kept none. */
  readonly binlog: BinlogPlace | null;
}

const TYPES: Readonly<Record<string, BackupSays['type']>> = {
  'full-backuped': 'full',
  incremental: 'incremental',
  'log-applied': 'prepared',
  'full-prepared': 'prepared',
};

export function readSaid(checkpoints: string, info: string, binlog = ''): BackupSays {
  const value = (text: string, name: string): string => new RegExp(`^${torn(`${name} = `)}(.{0,200}?)\\r?$`, 'm').exec(text)?.[1] ?? '';
  const lsn = (name: string): string | null => /^\d{1,20}$/.exec(value(checkpoints, name))?.[0] ?? null;
  return {
    type: TYPES[value(checkpoints, 'backup_type')] ?? null,
    fromLsn: lsn('from_lsn'),
    toLsn: lsn('to_lsn'),
    lastLsn: BigInt(lsn('last_lsn') ?? 0),
    ended: timeIn(value(info, 'end_time')),
    series: /^\d+\.\d+/.exec(value(info, 'server_version'))?.[0] ?? null,
    binlog: binlogIn(binlog),
  };
}

/** Of the end of a packed stream zeros may stand for what is not known of it. Values must be whole. */
function torn(name: string): string {
  return name.replaceAll(/./g, letter => `[${letter}\\0]`);
}

/** Of `xtrabackup_binlog_info`: file, position and transactions. */
function binlogIn(text: string): BinlogPlace | null {
  const [, file, position, gtids] = /^(\S+)\t(\d+)(?:\t(\S*))?\s*$/.exec(text) ?? [];
  return file === undefined || position === undefined ? null : placeIn(file, position, gtids);
}

function timeIn(text: string): LocalTime | null {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  return { year, month, day, hour, minute, second };
}
