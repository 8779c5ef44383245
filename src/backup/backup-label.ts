import { positionOf } from './wal-name.ts';

/** What `backup_label` says: without it a server would begin at the wrong place, and the data would be wrong. */
export interface BackupLabel {
  /** Position from which the log must be replayed. */
  readonly start: bigint;
  readonly timeline: number;
  /** When the backup began (ISO); `null` if it says so in a zone that we cannot tell. */
  readonly startedAt: string | null;
  /** Taken from a standby, which may lag behind its primary. */
  readonly fromStandby: boolean;
}

/** `undefined`: this is no label. */
export function readBackupLabel(text: string): BackupLabel | undefined {
  const [, position = '', file = ''] = /^START WAL LOCATION: (\S+) \(file ([0-9A-F]{24})\)$/m.exec(text) ?? [];
  const start = positionOf(position);
  if (start === undefined) return undefined;
  return {
    start,
    timeline: Number.parseInt(file.slice(0, 8), 16),
    startedAt: momentOf(/^START TIME: (.+)$/m.exec(text)?.[1] ?? ''),
    fromStandby: /^BACKUP FROM: standby$/m.test(text),
  };
}

/** Moments of the server's own log zone: UTC is certain, an abbreviation such as CST is not. */
export function momentOf(text: string): string | null {
  const [, date, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (?:UTC|GMT)$/.exec(text) ?? [];
  return date === undefined || time === undefined ? null : new Date(`${date}T${time}Z`).toISOString();
}
