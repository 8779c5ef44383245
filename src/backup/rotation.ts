import { finding, type Finding } from '../finding/finding.ts';
import type { PartRead } from './backup.ts';

/**
 * A store that is too large to be read whole by every drill is read in parts, in turn: the part that was never read, else the one that was
 * read longest ago. The parts are fixed (the tool decides by a property of the bytes which part they are in), so that after as many accepted
 * drills as there are parts everything has been read that was there when the first of them began.
 */
export interface Rotation {
  /** Tells this store from another one. */
  readonly store: string;
  readonly parts: number;
  /** The moment (ISO) at which each part was last read, by its number from 1. */
  readonly readAt: Readonly<Record<string, string>>;
}

export interface StoreNow {
  readonly store: string;
  readonly parts: number;
}

/** Where an earlier drill left off; from the beginning if it read another store, or in other parts. */
export function continued(before: Readonly<Record<string, unknown>> | undefined, now: StoreNow): Rotation {
  const { store, parts, readAt } = before ?? {};
  if (store !== now.store || parts !== now.parts || typeof readAt !== 'object' || readAt === null) return { ...now, readAt: {} };
  const known = Object.entries(readAt as Readonly<Record<string, unknown>>).flatMap(([part, moment]) =>
    isPart(Number(part), now) && typeof moment === 'string' && !Number.isNaN(Date.parse(moment)) ? [[part, moment] as const] : [],
  );
  return { ...now, readAt: Object.fromEntries<string>(known) };
}

/** The part whose turn it is, from 1. */
export function nextPart({ parts, readAt }: Rotation): number {
  const readMs = (part: number): number => Date.parse(readAt[part] ?? '') || -Infinity;
  let next = 1;
  for (let part = 2; part <= parts; part += 1) if (readMs(part) < readMs(next)) next = part;
  return next;
}

/** The answer when this part was found as it was written: what is covered by now, and since when. */
export function covered(before: Rotation, part: number, now: string): PartRead {
  const readAt: Readonly<Record<string, string>> = { ...before.readAt, [part]: now };
  const moments = Object.values(readAt).sort();
  return {
    findings: [coverage({ read: moments.length, parts: before.parts, since: moments[0] ?? now })],
    facts: { store: before.store, parts: before.parts, readAt },
  };
}

function coverage(of: { readonly read: number; readonly parts: number; readonly since: string }): Finding {
  const facts = { unit: 'parts', expected: of.parts, observed: of.read, object: of.since };
  return finding('backup.part-read', 'passed', { probe: 'backup', ...facts });
}

function isPart(part: number, { parts }: StoreNow): boolean {
  return Number.isInteger(part) && part >= 1 && part <= parts;
}
