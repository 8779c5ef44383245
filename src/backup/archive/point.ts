import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { momentInName } from '../name-time.ts';
import type { Wrapping } from '../opening.ts';
import type { Entry } from './entry.ts';
import { archiveName, type ArchiveName, type Format } from './name.ts';
import { readOptions } from './options.ts';

/** Parts of one archive, in their order. */
export interface Archive extends Omit<ArchiveName, 'part'> {
  readonly parts: readonly [Entry, ...Entry[]];
  /** How many parts must be there but are not, as far as their numbers tell. */
  readonly missing: number;
}

/** What fetch and restore need to know of a point. */
export interface ArchiveHandle {
  readonly format: Format;
  readonly wrapping: Wrapping | 'none';
  readonly parts: readonly Entry[];
  /** What a file beside it says of its digest. */
  readonly sha256: string | null;
}

export const STAGED_FILE = 'archive';

export function readHandle(handle: Readonly<Record<string, unknown>>): ArchiveHandle {
  return handle as unknown as ArchiveHandle;
}

/** Files of a place as archives: parts of one belong together. */
export function archivesOf(entries: readonly Entry[]): readonly Archive[] {
  const groups = new Map<string, { name: ArchiveName; parts: { part: number | null; entry: Entry }[] }>();
  for (const entry of entries) {
    const name = archiveName(entry.key);
    if (name === undefined) continue;
    // A whole archive and parts of the same name are two things.
    const key = `${name.part === null ? 'whole' : 'parts'} ${name.whole}`;
    const group = groups.get(key) ?? { name, parts: [] };
    group.parts.push({ part: name.part, entry });
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ name: { whole, format, wrapping }, parts }) => {
    const sorted = parts.sort((a, b) => (a.part ?? 0) - (b.part ?? 0));
    const [first, ...rest] = sorted.map(({ entry }) => entry);
    if (first === undefined) return [];
    const numbers = sorted.map(({ part }) => part ?? 0);
    return [{ whole, format, wrapping, parts: [first, ...rest] as const, missing: missingOf(numbers) }];
  });
}

/** Parts count from 0 or from 1. */
function missingOf(numbers: readonly number[]): number {
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? 0;
  return last - Math.min(first, 1) + 1 - numbers.length;
}

export interface Found {
  readonly archive: Archive;
  readonly format: Format;
  readonly wrapping: Wrapping | 'none';
  readonly sha256: string | null;
}

/** An archive as the rest of the product sees it. Its moment is what its name says; a date of a file is not the date of its data. */
export function pointOf({ archive, format, wrapping, sha256 }: Found, access: StoreAccess): RecoveryPoint {
  const { from, time } = readOptions(access.section);
  const { parts, whole } = archive;
  const availableAt =
    parts
      .map(({ modifiedAt }) => modifiedAt)
      .sort()
      .at(-1) ?? access.now();
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const at = momentInName(whole, { finishedMs: Date.parse(availableAt), bytes, zone: time ?? null });
  const handle: ArchiveHandle = { format, wrapping, parts, sha256 };
  return {
    id: `archive-${at === null ? 'unknown' : at.replaceAll(/[-:]|\.\d+/g, '')}-${access.pseudonym(whole).slice(0, 12)}`,
    tool: 'archive',
    kind: 'files',
    consistentAt: at,
    consistentBasis: at === null ? 'not-tested' : 'declared',
    ...{ availableAt, bytes, sha256, encrypted: false, location: from, lockedUntil: null, needs: null, handle: { ...handle } },
  };
}
