import { finding, type Finding } from '../../finding/finding.ts';
import type { S3Version } from '../../system/s3-versions.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { checkExtent } from '../snapshot.ts';
import { pointId } from '../point-id.ts';
import { historyOf, openBucketOf, type Bucket } from './bucket.ts';
import { keptAs, type Kept } from './keeping.ts';
import { readOptions } from './options.ts';
import { earlierMoments, identityOf, stateAt, type BucketState } from './state.ts';

/** What an archive class keeps must be asked for hours before it can be read. */
const ARCHIVE_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'];
const DAY_MS = 24 * 3_600_000;

/** What `fetch` must know: which moment, and that nothing of it has changed since. The objects are listed again. */
export interface ObjectsHandle {
  readonly at: string;
  readonly identity: string;
}

/** The bucket as it is, or as it was at the plan's moment; and the end of earlier days, as far as versions are surely kept. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  using bucket = openBucketOf(access);
  const history = await historyOf(bucket, stop);
  const { at, history: keptMs } = readOptions(access.section);
  const moment = at === undefined ? FUTURE : new Date(at).toISOString();
  const state = stateAt(history, moment);
  if (state === undefined) return { points: [], findings: [], looked: history.length };
  const kept = await keptAs({ bucket, state, section: access.section }, stop);
  const from = keptMs === undefined ? state.at : new Date(Date.parse(access.now()) - keptMs).toISOString();
  const earlier = earlierMoments(history, { from, to: state.at }).flatMap(end => stateAt(history, end) ?? []);
  const point = (of: BucketState): RecoveryPoint => pointOf(of, { bucket, access, kept });
  const points = state.objects.length === 0 ? [] : newestFirst([state, ...earlier].filter(({ objects }) => objects.length > 0).map(point));
  const findings = [
    ...stateFindings(state, { history, access }),
    ...kept.findings,
    ...checkListing({ section: access.section, points: points.map(asWritten), now: access.now() }),
  ];
  return { points, findings, looked: history.length };
}

/** A state is there from its last change on; what was there to be saved came with the newest object. */
function asWritten(point: RecoveryPoint): RecoveryPoint {
  return { ...point, availableAt: point.consistentAt ?? point.availableAt };
}

/** Clocks may differ: what is there is there. */
const FUTURE = '9999';

/** An empty bucket, and one from which most of what was there a day before was deleted: marks of deletion hide objects from every listing. */
function stateFindings(
  state: BucketState,
  { history, access }: { readonly history: readonly S3Version[]; readonly access: StoreAccess },
): readonly Finding[] {
  const before = stateAt(history, new Date(Date.parse(state.at) - DAY_MS).toISOString());
  const extent = ({ bytes, objects }: BucketState): { readonly bytes: number; readonly entries: number } => ({
    bytes,
    entries: objects.length,
  });
  const lost =
    state.objects.length === 0 && state.deleted > 0
      ? [deleted(state)]
      : checkExtent(extent(state), before && extent(before), access.section);
  const asleep = state.objects.filter(({ storageClass }) => ARCHIVE_CLASSES.includes(storageClass)).length;
  const facts = { probe: 'backup', required: false, unit: 'objects', expected: state.objects.length, observed: asleep };
  return [...lost, ...(asleep === 0 ? [] : [finding('backup.needs-thaw', 'inconclusive', facts)])];
}

function deleted(state: BucketState): Finding {
  return finding('backup.empty', 'failed', { probe: 'backup', unit: 'objects', expected: state.deleted, observed: 0 });
}

function pointOf(state: BucketState, by: { readonly bucket: Bucket; readonly access: StoreAccess; readonly kept: Kept }): RecoveryPoint {
  const { bucket, access, kept } = by;
  const handle: ObjectsHandle = { at: state.at, identity: identityOf(state) };
  return {
    id: pointId('objects', state.at, access.pseudonym(`${bucket.location} ${state.at}`)),
    tool: 's3-objects',
    kind: 'files',
    // The store's own clock, and no client's: nothing that came later is in it, and nothing of it is newer.
    ...{ consistentAt: state.writtenAt, consistentBasis: 'declared', availableAt: state.at, bytes: Math.max(1, state.bytes), sha256: null },
    ...{ encrypted: kept.encrypted, lockedUntil: kept.lockedUntil, location: bucket.location, needs: null, handle: { ...handle } },
  };
}
