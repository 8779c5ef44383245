import { readdir } from '../../system/files.ts';
import type { Recognised, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { join } from 'node:path';
import { list } from './list.ts';

/** Names that administrators give to the folder of the archived log. */
const ARCHIVES = ['wal', 'wal_archive', 'wal-archive', 'archive', 'wals', 'pg_wal_archive'];

/** Looks at a place and says what a plan for it would be. Undefined: no base backup there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const wal = await archiveIn(place);
  const options = { from: place, ...(wal === undefined ? {} : { wal }) };
  const listing = await unlessRefused(
    () => list({ ...access, section: { ...access.section, options } }, stop),
    ['store-unreadable', 'store-missing'],
  );
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const bad = doubtsIn(listing);
  return {
    component: 'database',
    backup: { tool: 'pg-basebackup', ...options, job: { every: '24h', grace: '3h' } },
    remarks: [
      `${listing.points.filter(point => point.kind === 'full').length} base backups, the newest data of ${newest.consistentAt ?? 'an unknown moment'}`,
      'job.every is a guess: say how often the newest data should move on',
      ...(wal === undefined
        ? ['name the folder of archive_command as `wal`, if there is one: without it only the base backups can be restored']
        : []),
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}

async function archiveIn(place: string): Promise<string | undefined> {
  const names: readonly string[] = await readdir(place).catch(() => []);
  const name = ARCHIVES.find(one => names.includes(one));
  return name === undefined ? undefined : join(place, name);
}
