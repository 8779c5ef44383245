import type { Recognised, StoreAccess } from '../backup.ts';
import { credentialsFor, inMiB, without } from '../dump-files/recognising.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { doubtsIn } from '../recognising.ts';
import { historyOf, openBucketOf } from './bucket.ts';
import { list } from './list.ts';

/** Any bucket may be a backup as it is; it is asked last, when no tool knows what lies in it. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (bucketOf(place) === undefined) return undefined;
  const given = { ...access.section.options, from: place };
  const listing = await list({ ...access, section: { ...access.section, options: given } }, stop);
  const [newest] = listing.points;
  if (newest === undefined) return undefined;
  const days = await keptDays({ ...access, section: { ...access.section, options: given } }, stop);
  const bad = doubtsIn(listing);
  return {
    component: 'documents',
    backup: {
      tool: 's3-objects',
      from: place,
      ...without(given, 'from'),
      ...credentialsFor(place, access),
      ...(days === 0 ? {} : { history: `${days}d` }),
    },
    remarks: [
      `${listing.looked} objects and versions, ${inMiB(newest.bytes)} at present`,
      `the last change was at ${newest.consistentAt ?? 'an unknown moment'}: the age of the data counts from it, so write something regularly`,
      days === 0
        ? 'no replaced versions are kept: only the present can be drilled, and whoever deletes an object deletes its backup'
        : `the oldest replaced version is ${days} days old: history is a guess from that, see the lifecycle rules of the bucket`,
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}

/** How many days back the bucket has versions that were replaced or deleted; 0: it keeps none. */
async function keptDays(access: StoreAccess, stop: AbortSignal): Promise<number> {
  using bucket = openBucketOf(access);
  const replaced = (await historyOf(bucket, stop)).filter(({ latest }) => !latest).map(({ modifiedAt }) => Date.parse(modifiedAt));
  return replaced.length === 0
    ? 0
    : Math.max(1, Math.ceil((Date.parse(access.now()) - replaced.reduce((a, b) => Math.min(a, b))) / DAY_MS));
}

const DAY_MS = 24 * 3_600_000;
