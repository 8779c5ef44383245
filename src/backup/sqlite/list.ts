import { finding, type Finding } from '../../finding/finding.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { throwIfUntold } from '../dump-files/strays.ts';
import { sameBytesAsNewest } from '../dump-files/same-bytes.ts';
import { openStore } from '../dump-files/store.ts';
import { readHandle } from './handle.ts';
import { look, type FoundDatabase } from './look.ts';
import { readOptions } from './options.ts';
import { pointOf } from './point.ts';

/** Every database in the place that the plan names, and what is wrong with that place. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await using store = await openStore(access);
  const looked = await look(store, access, stop);
  const { databases, findings } = rightOnes(looked.databases, readOptions(access.section).applicationId);
  const points: RecoveryPoint[] = [];
  for (const found of databases) points.push(await pointOf(found, { store, looked, access }, stop));
  const all = [...looked.findings, ...findings];
  if (points.length === 0) throwIfUntold(all);
  // What is in a log makes two equal files two different databases.
  const bare = points.filter(({ handle }) => readHandle(handle).wal === null && readHandle(handle).journal === null);
  const sameBytes = await sameBytesAsNewest(store, { points: bare, entryOf: point => readHandle(point.handle).entry }, stop);
  return {
    points: newestFirst(points),
    findings: [...all, ...checkListing({ section: access.section, points, now: access.now(), sameBytes })],
    looked: looked.looked,
  };
}

interface Right {
  readonly databases: readonly FoundDatabase[];
  readonly findings: readonly Finding[];
}

/** Databases of the application that the plan names. One newer than all of those, of another, is not what should be there. */
function rightOnes(databases: readonly FoundDatabase[], wanted: number | undefined): Right {
  if (wanted === undefined) return { databases, findings: [] };
  const right = databases.filter(({ database }) => database.header.applicationId === wanted);
  const newest = right.reduce((latest, { modifiedAt }) => (modifiedAt > latest ? modifiedAt : latest), '');
  const wrong = databases.some(found => !right.includes(found) && found.modifiedAt > newest);
  return { databases: right, findings: wrong ? [finding('backup.wrong-database', 'failed', { probe: 'backup' })] : [] };
}
