import { dirname } from 'node:path/posix';
import type { Recognised, StoreAccess } from '../backup.ts';
import { credentialsFor, listedAt, usualInterval } from '../dump-files/recognising.ts';
import { openPlace, type Store } from '../dump-files/store.ts';
import { numberOf } from './binlog-chain.ts';
import { list } from './list.ts';
import { look } from './look.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no backup there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  await using store = await openPlace(place, { ...access, section: { ...access.section, options: given } });
  const folder = await logsIn(store, stop);
  const binlogs = folder === undefined ? undefined : folder === '.' ? place : `${place.replace(/\/$/, '')}/${folder}`;
  const interval = usualInterval(listing.points);
  return {
    component: 'database',
    backup: {
      tool: 'mariabackup',
      ...given,
      ...(binlogs === undefined ? {} : { binlogs }),
      ...credentialsFor(place, access),
      ...(interval === undefined ? {} : { job: interval }),
    },
    remarks: [
      `${listing.points.length} backups, increments counted`,
      `the newest ended at ${newest.consistentAt ?? 'a time that it does not say'}`,
      interval === undefined ? 'too few backups to see how often they are made: set job.every' : `a backup about every ${interval.every}`,
      binlogs === undefined
        ? 'name the folder of the binary logs as `binlogs`, if they are copied: without it only the backups themselves can be restored'
        : 'binary logs lie there too: a drill replays them to the newest transaction',
    ],
  };
}

/** The folder of binary logs with the name that a backup gives them. */
async function logsIn(store: Store, stop: AbortSignal): Promise<string | undefined> {
  const { chains } = await look(store, stop);
  const stems = new Set(chains.flat().flatMap(({ says }) => says.binlog?.stem ?? []));
  const folders = new Set(chains.flat().map(({ key }) => key));
  for await (const entry of store.entries(stop))
    if (!folders.has(dirname(entry.key)) && [...stems].some(stem => numberOf(entry, stem) !== undefined)) return dirname(entry.key);
  return undefined;
}
