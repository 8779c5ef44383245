import type { BackupTool, Recognised, StoreAccess } from '../backup.ts';
import { credentialsFor, listedAt, usualInterval } from '../dump-files/recognising.ts';
import { fetch } from './fetch.ts';
import { list } from './list.ts';
import { NEED } from './need.ts';
import { options, reach } from './options.ts';
import { restore } from './restore.ts';

/** Physical backups of MariaDB: target folders of mariabackup, full and incremental. */
export const mariabackup: BackupTool = {
  name: 'mariabackup',
  summary: 'mariabackup folders, full and incremental, in a folder or an S3 bucket',
  traits: { spaceFactor: 2, restoresInto: 'files', engine: 'mariadb' },
  programs: [NEED, { file: '/usr/sbin/mariadbd', package: 'mariadb-server', least: '10.5' }],
  options,
  reach,
  list,
  fetch,
  restore,
  recognise,
};

async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const interval = usualInterval(listing.points);
  return {
    component: 'database',
    backup: { tool: 'mariabackup', ...given, ...credentialsFor(place, access), ...(interval === undefined ? {} : { job: interval }) },
    remarks: [
      `${listing.points.length} backups, increments counted`,
      `the newest ended at ${newest.consistentAt ?? 'a time that it does not say'}`,
      interval === undefined ? 'too few backups to see how often they are made: set job.every' : `a backup about every ${interval.every}`,
    ],
  };
}
