import type { Recognised, StoreAccess } from '../backup.ts';
import { folderOfLogs, sayLogs } from '../binlogs/folder.ts';
import { credentialsFor, listedAt, usualInterval } from '../dump-files/recognising.ts';
import { openPlace, type Store } from '../dump-files/store.ts';
import { list } from './list.ts';
import { look } from './look.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no backup there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  await using store = await openPlace(place, { ...access, section: { ...access.section, options: given } });
  const binlogs = await logsIn(store, place, stop);
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
      sayLogs(binlogs),
    ],
  };
}

async function logsIn(store: Store, place: string, stop: AbortSignal): Promise<string | undefined> {
  const { chains } = await look(store, stop);
  const stems = new Set(chains.flat().flatMap(({ says }) => says.binlog?.stem ?? []));
  const folders = new Set(chains.flat().map(({ key }) => key));
  return folderOfLogs(store, { place, stems, apart: folders }, stop);
}
