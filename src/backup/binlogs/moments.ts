import { finding, type Finding } from '../../finding/finding.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { newestFirst } from '../choose.ts';
import { pointId } from '../point-id.ts';
import { chainFrom } from './chain.ts';
import { readBinlogOptions } from './options.ts';
import type { BinlogPlace } from './place.ts';
import type { ListedBinlogs } from './stage.ts';
import { unsupported } from './unsupported.ts';

/** A backup from which binary logs may lead on. */
export interface Led {
  readonly point: RecoveryPoint;
  /** At which place of its server's logs it was made. `null`: it says none; `untold`: it may, where nobody can read it from outside. */
  readonly place: BinlogPlace | 'untold' | null;
}

interface Moments {
  readonly points: readonly RecoveryPoint[];
  readonly findings: readonly Finding[];
  /** How many logs there are. */
  readonly logs: number;
}

const NONE: Moments = { points: [], findings: [], logs: 0 };

/** Every backup alone, unless the plan names a moment, and the moment to which the binary logs lead. Newest first. */
export async function pointsFrom(backups: readonly Led[], access: StoreAccess, stop: AbortSignal): Promise<Moments> {
  const { target = 'newest' } = readBinlogOptions(access.section);
  const moments = await momentPoints(backups, access, stop);
  // A backup alone is no other point than with logs that hold nothing later than the second in which it ended.
  const [moment] = moments.points;
  const alone = backups
    .map(({ point }) => point)
    .filter(({ consistentAt }) => moment === undefined || consistentAt !== moment.consistentAt);
  return { ...moments, points: newestFirst([...moments.points, ...(target === 'newest' ? alone : [])]) };
}

/** Any moment from a backup to the end of the binary logs can be reached: the plan's target, else the newest one, from the newest backup before it. */
async function momentPoints(backups: readonly Led[], access: StoreAccess, stop: AbortSignal): Promise<Moments> {
  const { binlogs: folder, target = 'newest' } = readBinlogOptions(access.section);
  if (folder === undefined) return NONE;
  const until = target === 'newest' ? null : new Date(target.time).toISOString();
  const led = newestBefore(backups, until);
  if (led === undefined) return NONE;
  const { place, point } = led;
  if (place === 'untold') return { ...NONE, findings: [unsupported('binary logs after a compressed stream')] };
  if (place === null) return { ...NONE, findings: [finding('backup.binlog-position-unknown', 'failed', { probe: 'backup' })] };
  const { entries, findings, lastAt } = await chainFrom(place, { folder, access }, stop);
  if (entries.length === 0) return { ...NONE, findings };
  const listed: ListedBinlogs = { place, entries, until };
  const consistentAt = until ?? later(lastAt, point.consistentAt);
  return { points: [momentPoint(point, { listed, consistentAt }, access)], findings, logs: entries.length };
}

function newestBefore(backups: readonly Led[], until: string | null): Led | undefined {
  return [...backups]
    .filter(({ point: { consistentAt } }) => until === null || (consistentAt !== null && Date.parse(consistentAt) <= Date.parse(until)))
    .sort((a, b) => ((a.point.consistentAt ?? '') < (b.point.consistentAt ?? '') ? -1 : 1))
    .at(-1);
}

function momentPoint(
  point: RecoveryPoint,
  { listed, consistentAt }: { readonly listed: ListedBinlogs; readonly consistentAt: string | null },
  access: StoreAccess,
): RecoveryPoint {
  const arrivedAt = listed.entries.reduce((latest, { modifiedAt }) => (modifiedAt > latest ? modifiedAt : latest), point.availableAt);
  return {
    ...point,
    id: pointId('maria-pitr', consistentAt, access.pseudonym(`${point.id} ${listed.entries.length}`)),
    kind: 'pitr',
    consistentAt,
    consistentBasis: consistentAt === point.consistentAt ? point.consistentBasis : 'derived',
    availableAt: arrivedAt,
    bytes: point.bytes + listed.entries.reduce((sum, { size }) => sum + size, 0),
    handle: { ...point.handle, binlogs: listed },
  };
}

function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}
