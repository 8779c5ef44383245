import { basename } from 'node:path';
import { removeTree } from '../../system/tree.ts';
import { stat } from '../../system/files.ts';
import type { Lock } from '../../system/lock.ts';
import { isRunning } from '../../system/owner.ts';
import type { Reaped } from '../reap.ts';
import { listMarkers, type Marker } from './marker.ts';
import { cgroupName, outsideOf, UNFINISHED } from './place.ts';
import { lookForRemains, removeRemains, type Traces } from './remains.ts';
import { claimUid, FIRST_UID, LAST_UID } from './runner.ts';

/** Longer than making a marker can take. */
const UNFINISHED_MS = 60_000;

/**
 * Removes what sandboxes of this kind left whose owner is gone, and tells of each. A sandbox whose owner still runs is not touched, nor is
 * a folder without a marker: that is not ours. Safe to run in several processes at once.
 */
export async function reapCells(scratch: string, kind: string): Promise<readonly Reaped[]> {
  const reaped: Reaped[] = [];
  for (const { folder, marker } of await listMarkers(scratch)) {
    if (marker === undefined) await removeUnfinished(folder);
    else if (marker.kind === kind && !(await isRunning(marker.owner))) reaped.push(await reapOne(folder, marker));
  }
  return reaped;
}

async function reapOne(folder: string, marker: Marker): Promise<Reaped> {
  // The dead owner's user may have been given to another sandbox since: then it says nothing about this one.
  const claim = await claimOf(marker.uid);
  try {
    const traces: Traces = {
      drill: marker.drill,
      folder,
      outside: outsideOf(marker.drill),
      uid: claim === undefined ? null : marker.uid,
      // Another boot has other groups; a name of ours is believed, nothing else that a file says.
      cgroups: marker.cgroups.filter(path => path.startsWith('/sys/fs/cgroup/') && basename(path) === cgroupName(marker.drill)),
    };
    const before = await lookForRemains(traces);
    await removeRemains(traces);
    const after = await lookForRemains(traces);
    const removed = after.pids.length === 0 && after.mounts.length === 0 && after.bytes === 0;
    return { drill: marker.drill, processes: before.pids.length, mounts: before.mounts.length, bytes: before.bytes, removed };
  } finally {
    await claim?.release();
  }
}

/** Only numbers of the range that we choose from are believed: a marker must not make us kill the processes of an account. */
async function claimOf(uid: number | null): Promise<Lock | undefined> {
  if (uid === null || uid < FIRST_UID || uid > LAST_UID || process.getuid?.() !== 0) return undefined;
  return claimUid(uid);
}

/** Its owner died between making the folder and writing the marker, or does so right now. */
async function removeUnfinished(folder: string): Promise<void> {
  if (!basename(folder).startsWith(UNFINISHED)) return;
  const entry = await stat(folder).catch(() => undefined);
  if (entry !== undefined && Date.now() - entry.mtimeMs > UNFINISHED_MS) await removeTree(folder);
}
