import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { BackupError, type Listing, type StoreAccess } from '../backup.ts';
import { entriesIn } from './entry.ts';
import { lookAt, type Seen } from './look.ts';
import { placeOf } from './options.ts';
import { pointOf } from './point.ts';
import { isUnfinished, sortOut } from './sort-out.ts';

/** Every backup in the place that the plan names, and what is wrong with that place. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  const place = placeOf(access.section);
  const entries = await entriesIn(place, stop);
  const unfinished = entries.filter(isUnfinished);
  const seen: Seen[] = [];
  for (const entry of entries.filter(one => !isUnfinished(one))) {
    const one = await lookAt(place, entry, stop);
    if (one !== undefined) seen.push(one);
  }
  const said = sortOut({ seen, unfinished, now: access.now() });
  const points = seen.flatMap(one => (one.is === 'backup' ? [pointOf(one.entry, one.header, access)] : []));
  // Things that cannot be opened are no proof that there is no backup.
  if (points.length === 0 && said.some(one => one.outcome === 'inconclusive') && !said.some(one => one.outcome === 'failed')) {
    throw new BackupError('store-unreadable', 'what lies in the place of the backups could not be opened', {
      hint: 'Let the user who runs Resurgam read the files; backups that a newer release wrote need that release.',
    });
  }
  const findings = [...said, ...checkListing({ section: access.section, points, now: access.now() })];
  return { points: newestFirst(points), findings, looked: entries.length };
}
