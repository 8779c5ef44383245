import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KINDS, type Kind } from './kinds.ts';

const count = z.number().min(0);
/** HMAC of the definition, shortened; and what takes it along when it goes. */
const Thing = z.tuple([z.string(), z.string().nullable()]);

/**
 * What one restored database held: names of the schema, counts, and HMACs of everything else. Role names and definitions are never kept:
 * the next drill only has to see whether they are the same.
 */
export const InventoryFacts = z.strictObject({
  kind: z.literal('inventory'),
  version: z.literal(1),
  /** Major version of the server; another one prints definitions in other words. */
  major: z.number(),
  objects: z.partialRecord(z.enum(KINDS), z.record(z.string(), Thing)),
  rows: z.record(z.string(), count),
  /** Every relation that can hold rows, whoever brought it, with its topmost partitioned table. */
  tables: z.record(z.string(), z.string().nullable()),
  unlogged: z.array(z.string()),
  /** Materialised views that hold a result. */
  filled: z.array(z.string()),
  /** Sequences that would soon give a number that is in use. */
  behind: z.array(z.string()),
  owners: z.record(z.string(), z.string()),
  /** Object → role → privileges, of those who do not own it. */
  grants: z.record(z.string(), z.record(z.string(), z.string())),
  settings: z.array(z.string()),
  largeObjects: z.strictObject({ count, bytes: count }),
  comments: count,
  /** Of columns, by their name: how many values hold characters of four bytes. */
  wide: z.record(z.string(), count).optional(),
  /** Of columns that hold moments: the earliest, in seconds since 1970. */
  earliest: z.record(z.string(), z.number()).optional(),
  /** SHA-256 over all of it. */
  digest: z.string(),
});
export type InventoryFacts = z.infer<typeof InventoryFacts>;

/** The facts of an earlier drill, or undefined if they are not what this version keeps. */
export function readFacts(facts: unknown): InventoryFacts | undefined {
  const read = InventoryFacts.safeParse(facts);
  return read.success ? read.data : undefined;
}

/** Facts in one order with their digest, so that equal databases give equal bytes. */
export function sealFacts(facts: Omit<InventoryFacts, 'digest' | 'kind' | 'version'>): InventoryFacts {
  const whole = inOrder({ kind: 'inventory', version: 1, ...facts }) as Omit<InventoryFacts, 'digest'>;
  return { ...whole, digest: createHash('sha256').update(JSON.stringify(whole)).digest('hex') };
}

/** Names of one kind with what is kept of each. */
export function thingsOf(facts: InventoryFacts, kind: Kind): Readonly<Record<string, readonly [string, string | null]>> {
  return facts.objects[kind] ?? {};
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, inOrder(inner)]));
}
