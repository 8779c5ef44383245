import { createHash } from 'node:crypto';
import type { S3Version } from '../../system/s3-versions.ts';

/** All objects of a bucket as they were at one moment. */
export interface BucketState {
  /** The last change up to then, be it a deletion: tells the states apart. */
  readonly at: string;
  /** When the newest of its objects was written: so old the data are. Marks of deletion bring none, and a rule of the bucket sets them daily. */
  readonly writtenAt: string;
  readonly objects: readonly S3Version[];
  /** Objects that had been there and were deleted by then. */
  readonly deleted: number;
  readonly bytes: number;
}

/** What stood there at a moment: of each key the last version until then, if that is no deletion. Undefined: nothing had ever been there. */
export function stateAt(history: readonly S3Version[], moment: string): BucketState | undefined {
  const last = new Map<string, S3Version>();
  let at = '';
  for (const version of history) {
    if (version.modifiedAt > moment) continue;
    if (version.modifiedAt > at) at = version.modifiedAt;
    const before = last.get(version.key);
    // Of two within one tick of the store's clock the present one is the later one, else that which is listed first.
    const isLater =
      before === undefined || version.modifiedAt > before.modifiedAt || (version.modifiedAt === before.modifiedAt && version.latest);
    if (isLater) last.set(version.key, version);
  }
  if (at === '') return undefined;
  const objects = [...last.values()].filter(({ deleted, key, size }) => !deleted && !(key.endsWith('/') && size === 0));
  const deleted = [...last.values()].filter(version => version.deleted).length;
  return {
    at,
    writtenAt: objects.reduce((newest, { modifiedAt }) => (modifiedAt > newest ? modifiedAt : newest), ''),
    objects: objects.sort((a, b) => (a.key < b.key ? -1 : 1)),
    deleted,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Tells this state from any other. */
export function identityOf({ objects }: BucketState): string {
  const hash = createHash('sha256');
  for (const { key, versionId, etag, size } of objects) hash.update(`${JSON.stringify([key, versionId, etag, size])}\n`);
  return hash.digest('hex');
}

/** The end of each day (UTC) on which something changed, newest first, but for the last change of all. */
export function earlierMoments(history: readonly S3Version[], within: { readonly from: string; readonly to: string }): readonly string[] {
  const byDay = new Map<string, string>();
  for (const { modifiedAt } of history) {
    if (modifiedAt < within.from || modifiedAt > within.to) continue;
    const day = modifiedAt.slice(0, 10);
    if (modifiedAt > (byDay.get(day) ?? '')) byDay.set(day, modifiedAt);
  }
  return [...byDay.values()].sort().reverse().slice(1);
}
