import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { SEALED_NAME } from '../encrypted.ts';
import { momentInName } from '../name-time.ts';
import type { Wrapping } from '../opening.ts';
import { pointId } from '../point-id.ts';
import type { Entry } from './entry.ts';
import { archiveName, OTHER_LETTERS, type ArchiveName, type Format } from './name.ts';
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

interface Named {
  readonly name: ArchiveName;
  readonly entry: Entry;
}

/** Files of a place as archives: parts of one belong together. */
export function archivesOf(entries: readonly Entry[]): readonly Archive[] {
  const named = entries.flatMap((entry): readonly Named[] => {
    const name = archiveName(entry.key);
    return name === undefined ? [] : [{ name, entry }];
  });
  const parts = new Set(named.map(({ name }) => `${name.whole} ${name.part ?? 'whole'}`));
  const groups = new Map<string, Named[]>();
  for (const one of named) {
    const key = groupOf(one, parts);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].flatMap(([key, group]) => joined(group, key.startsWith(SEALED)));
}

const SEALED = 'sealed';

/** A whole archive and parts of the same name are two things. Undefined: it is neither, and only lies beside one. */
function groupOf({ name, entry }: Named, parts: ReadonlySet<string>): string | undefined {
  if (name.part === null) return `whole ${name.whole}`;
  if (!OTHER_LETTERS.test(entry.key) || parts.has(`${name.whole} ${name.part - 1}`)) return `parts ${name.whole}`;
  return SEALED_NAME.test(entry.key) ? `${SEALED} ${entry.key}` : undefined;
}

function joined(group: readonly Named[], sealed: boolean): readonly Archive[] {
  const sorted = [...group].sort((a, b) => (a.name.part ?? 0) - (b.name.part ?? 0));
  const [first, ...rest] = sorted;
  if (first === undefined) return [];
  const { whole, format, wrapping } = first.name;
  const missing = sealed ? 0 : missingOf(sorted.map(({ name }) => name.part ?? 0));
  return [{ whole, format, wrapping, parts: [first.entry, ...rest.map(({ entry }) => entry)], missing }];
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
    id: pointId('archive', at, access.pseudonym(whole)),
    tool: 'archive',
    kind: 'files',
    consistentAt: at,
    consistentBasis: at === null ? 'not-tested' : 'declared',
    ...{ availableAt, bytes, sha256, encrypted: false, location: from, lockedUntil: null, needs: null, handle: { ...handle } },
  };
}
