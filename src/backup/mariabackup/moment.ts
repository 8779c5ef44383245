import { finding, type Finding } from '../../finding/finding.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { pointId } from '../point-id.ts';
import { chainFrom } from './binlog-chain.ts';
import type { ListedBinlogs } from './binlog-stage.ts';
import type { Chain } from './look.ts';
import { readOptions } from './options.ts';

/** A backup and its own point. */
export interface Full {
  readonly chain: Chain;
  readonly point: RecoveryPoint;
}

export interface Moments {
  readonly points: readonly RecoveryPoint[];
  readonly findings: readonly Finding[];
  /** How many logs there are. */
  readonly logs: number;
}

const NONE: Moments = { points: [], findings: [], logs: 0 };

/** Any moment from a backup to the end of the binary logs can be reached: the plan's target, else the newest one, from the newest backup before it. */
export async function momentPoints(fulls: readonly Full[], access: StoreAccess, stop: AbortSignal): Promise<Moments> {
  const { binlogs: folder, target = 'newest' } = readOptions(access.section);
  if (folder === undefined) return NONE;
  const until = target === 'newest' ? null : new Date(target.time).toISOString();
  const full = newestBefore(fulls, until);
  if (full === undefined) return NONE;
  const place = full.chain.at(-1)?.says.binlog ?? null;
  // The end of a packed stream need not say it readably.
  if (place === null && full.chain.at(-1)?.stream === 'gzip') return { ...NONE, findings: [untold()] };
  if (place === null) return { ...NONE, findings: [finding('backup.binlog-position-unknown', 'failed', { probe: 'backup' })] };
  const { entries, findings, lastAt } = await chainFrom(place, { folder, access }, stop);
  if (entries.length === 0) return { ...NONE, findings };
  const listed: ListedBinlogs = { place, entries, until };
  const consistentAt = until ?? later(lastAt, full.point.consistentAt);
  return { points: [momentPoint(full.point, { listed, consistentAt }, access)], findings, logs: entries.length };
}

function untold(): Finding {
  return finding('backup.unsupported', 'inconclusive', { probe: 'backup', object: 'binary logs after a compressed stream' });
}

function newestBefore(fulls: readonly Full[], until: string | null): Full | undefined {
  return [...fulls]
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
