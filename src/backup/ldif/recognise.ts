import { plainName } from '../../system/ldif.ts';
import type { Recognised, StoreAccess } from '../backup.ts';
import { credentialsFor, inMiB, listedAt, usualInterval, without } from '../dump-files/recognising.ts';
import { readHandle } from './handle.ts';
import { list } from './list.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no export there, nor anything that should have been one. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const { points } = listing;
  const interval = usualInterval(points);
  const suffixes = new Map(points.map(({ handle }) => [plainName(readHandle(handle).suffix), readHandle(handle).suffix]));
  const [only] = suffixes.values();
  const bytes = points.map(point => point.bytes);
  return {
    component: 'directory',
    backup: {
      ...{ tool: 'ldif', from: place, ...without(given, 'from'), ...credentialsFor(place, access) },
      ...(suffixes.size === 1 && only !== undefined ? { suffix: only } : {}),
      ...(interval === undefined ? {} : { job: interval }),
    },
    remarks: [
      `${points.length} exports, ${inMiB(Math.min(...bytes))} to ${inMiB(Math.max(...bytes))}`,
      newest.consistentAt === null
        ? 'an export does not say when it was made: put the time into its name; without it no RPO can be judged'
        : `the newest was made at ${newest.consistentAt}, as its name says`,
      points.some(({ handle }) => readHandle(handle).configEntry !== null)
        ? 'settings (slapcat -n 0) lie beside the exports'
        : 'no settings found: add "slapcat -n 0" to the job, or schema and access rules of your own are lost',
      ...(suffixes.size > 1 ? [`exports of ${suffixes.size} directories: name one with suffix:`] : []),
    ],
  };
}
