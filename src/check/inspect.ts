import type { Listing, RecoveryPoint } from '../backup/backup.ts';
import { newestFirst } from '../backup/choose.ts';
import { finding, type Finding } from '../finding/finding.ts';
import type { BackupSection } from '../plan/plan.ts';
import type { CheckPlace } from '../store/state/backup-checks.ts';
import { inspectedPoints, keepInspected } from '../store/state/inspected.ts';
import { accessTo, within } from './look.ts';
import type { CheckTools } from './tools.ts';

/** So many points are looked at by one check: if three in a row are bad, somebody must come anyway. */
const MOST_INSPECTED = 3;

export interface Inspecting {
  readonly place: CheckPlace;
  readonly section: BackupSection;
  readonly listing: Listing;
}

/**
 * Looks whether the newest points are whole, newest first, until one is not bad; gives the findings by point, also those of earlier checks.
 * A point is looked at once: what was found is kept and holds as long as its date and size do. What could not be looked at is inconclusive,
 * is not kept, and ends the look. Rejects with StoreError only.
 */
export async function inspectNewest(
  { place, section, listing }: Inspecting,
  stop: AbortSignal,
  tools: CheckTools,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const tool = tools.backup.get(section.tool);
  if (tool?.inspect === undefined) return new Map();
  const inspect = tool.inspect.bind(tool);
  const known = await tools.state.of(place.client, tx => inspectedPoints(tx, place, listing.points));
  const found = new Map(known);
  for (const point of newestFirst(listing.points).slice(0, MOST_INSPECTED)) {
    const before = found.get(point.id);
    const look = async (signal: AbortSignal): Promise<readonly Finding[]> => inspect(point, await accessTo(section, tool, tools), signal);
    const now = before ?? (await findingsOf(look, stop, tools));
    found.set(point.id, now);
    if (before === undefined && isTold(now)) await keep(place, { point, findings: now, all: listing.points }, tools);
    if (!now.some(isBad)) break;
  }
  return found;
}

async function findingsOf(
  look: (signal: AbortSignal) => Promise<readonly Finding[]>,
  stop: AbortSignal,
  tools: CheckTools,
): Promise<readonly Finding[]> {
  const told = await within(look, stop, tools);
  return 'value' in told ? told.value : [finding('select.store-unreadable', 'inconclusive', { probe: 'backup', object: told.couldNot })];
}

/** What could not be told this time may be told the next. */
function isTold(findings: readonly Finding[]): boolean {
  return !findings.some(found => found.required && found.outcome === 'inconclusive');
}

function isBad(found: Finding): boolean {
  return found.required && found.outcome === 'failed';
}

function keep(
  place: CheckPlace,
  { point, findings, all }: { point: RecoveryPoint; findings: readonly Finding[]; all: readonly RecoveryPoint[] },
  tools: CheckTools,
): Promise<void> {
  return tools.state.of(place.client, tx =>
    keepInspected(tx, place, { point, findings, at: tools.now(), present: all.map(({ id }) => id) }),
  );
}
