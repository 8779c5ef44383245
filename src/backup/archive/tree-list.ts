import { finding, type Finding } from '../../finding/finding.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { translated } from '../store-error.ts';
import { momentInName } from '../name-time.ts';
import { pointId } from '../point-id.ts';
import { foldersIn, markerOf, sumOf, type Marked, type TreeFolder, type TreeSum } from './tree-folder.ts';
import { readTreeOptions } from './tree-options.ts';

/** So many of the newest are counted: what older ones hold is seen when one of them is chosen. */
const COUNTED = 8;

export interface TreeHandle {
  readonly key: string;
  /** `null`: it was not counted. */
  readonly identity: string | null;
}

export function readTreeHandle(handle: Readonly<Record<string, unknown>>): TreeHandle {
  return handle as unknown as TreeHandle;
}

interface Seen {
  readonly folder: TreeFolder;
  readonly marked: Marked | undefined;
  readonly sum: TreeSum | undefined;
}

/** Every backup in the place that the plan names. No file is opened but markers. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  const { from, marker } = readTreeOptions(access.section);
  return translated(from, async () => {
    const { folders, unfinished, looked } = await foldersIn(from, stop);
    const latest = [...folders].sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
    const seen: Seen[] = [];
    for (const [at, folder] of latest.entries()) {
      const marked = marker === undefined ? undefined : await markerOf(from, folder, marker);
      seen.push({ folder, marked, sum: at < COUNTED ? await sumOf(from, folder, stop) : undefined });
    }
    const isWhole = ({ marked, sum }: Seen): boolean => (marker === undefined || marked !== undefined) && sum?.files !== 0;
    const points = seen.filter(isWhole).map(one => pointOf(one, access));
    const bad = seen.flatMap((one, at) => (isWhole(one) ? [] : [badOne(one, { required: at === 0, needsMarker: marker !== undefined })]));
    const going = unfinished === 0 ? [] : [finding('backup.in-progress', 'skipped', { probe: 'backup', required: false })];
    const findings = [...bad, ...going, ...checkListing({ section: access.section, points, now: access.now() })];
    return { points: newestFirst(points), findings, looked };
  });
}

/** Names of dated folders sort by time; numbered ones count backwards, and their dates decide. */
function orderOf({ key, changedAt }: TreeFolder): string {
  return /^20\d\d/.test(key) ? key : changedAt;
}

function badOne({ marked, sum }: Seen, at: { readonly required: boolean; readonly needsMarker: boolean }): Finding {
  const unfinished = at.needsMarker && marked === undefined && sum?.files !== 0;
  return finding(unfinished ? 'backup.newer-incomplete' : 'backup.empty', 'failed', { probe: 'backup', required: at.required });
}

function pointOf({ folder, marked, sum }: Seen, access: StoreAccess): RecoveryPoint {
  const { from, time } = readTreeOptions(access.section);
  const bytes = sum?.bytes ?? 0;
  const named = momentInName(folder.key, { finishedMs: Date.parse(folder.changedAt), bytes, zone: time ?? null });
  const at = marked?.at ?? named ?? marked?.writtenAt ?? null;
  const handle: TreeHandle = { key: folder.key, identity: sum?.identity ?? null };
  return {
    id: pointId('tree', at, access.pseudonym(folder.key)),
    tool: 'tree',
    kind: 'files',
    consistentAt: at,
    consistentBasis: at === null ? 'not-tested' : marked?.at === undefined ? 'declared' : 'derived',
    ...{
      availableAt: folder.changedAt,
      bytes,
      sha256: null,
      encrypted: false,
      location: from,
      lockedUntil: null,
      needs: null,
      handle: { ...handle },
    },
  };
}
