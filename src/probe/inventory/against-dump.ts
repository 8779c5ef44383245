import { z } from 'zod';
import type { InventoryFacts } from './facts.ts';
import type { Noted } from './compare-objects.ts';

/** What a dump says of itself, as far as this probe compares it. Names are `schema.table`, unquoted. */
const Says = z.looseObject({
  rowsByTable: z.record(z.string(), z.number()).optional().catch(undefined),
  tocTables: z.array(z.string()).optional().catch(undefined),
  tocEntries: z.record(z.string(), z.number()).optional().catch(undefined),
});

export interface Dumped {
  readonly now: InventoryFacts;
  readonly says: Readonly<Record<string, unknown>>;
  readonly ignored: (name: string) => boolean;
}

/**
 * Every table that the dump lists must be there, and hold at least the rows that the dump holds for it; and a table without any entry of
 * data was left out (failure mode P06). Exact, without any baseline.
 */
export function compareWithDump({ now, says, ignored }: Dumped): { readonly noted: readonly Noted[]; readonly rows: number | null } {
  const { rowsByTable, tocTables = [] } = Says.parse(says);
  const listed = [...new Set([...tocTables, ...Object.keys(rowsByTable ?? {})])].filter(name => !ignored(name));
  const there = new Set(Object.keys(now.tables).map(inList));
  const noted: Noted[] = listed
    .filter(name => !there.has(inList(name)))
    .sort()
    .map(object => ({
      code: 'inventory.table-missing',
      outcome: 'failed',
      facts: { object, unit: 'table', expected: true, observed: false },
    }));
  for (const object of leftOut(now, tocTables)) {
    if (!ignored(object)) noted.push({ code: 'inventory.data-left-out', outcome: 'failed', facts: { object, unit: 'rows', observed: 0 } });
  }
  if (rowsByTable === undefined) return { noted, rows: null };

  for (const [table, { expected, observed }] of byWhole(now, rowsByTable)) {
    if (observed >= expected || ignored(table)) continue;
    noted.push({ code: 'inventory.rows-fewer-than-dump', outcome: 'failed', facts: { object: table, unit: 'rows', expected, observed } });
  }
  return { noted, rows: Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0) };
}

/**
 * pg_dump writes an entry of data for every table that it dumps, also for an empty one. What an extension brought, what is not logged, and
 * what has rows all the same is no loss.
 */
function leftOut(now: InventoryFacts, tocTables: readonly string[]): readonly string[] {
  if (tocTables.length === 0) return [];
  const listed = new Set(tocTables.map(inList));
  const unlogged = new Set(now.unlogged);
  return Object.keys(now.objects.table ?? {}).filter(name => now.rows[name] === 0 && !unlogged.has(name) && !listed.has(inList(name)));
}

/** Lists of contents have one line per entry, so line breaks in names are spaces there. */
function inList(name: string): string {
  return name.replaceAll(/[\r\n]/g, ' ');
}

/** Whether the dump itself sets every sequence: one that is behind was so in the source. */
export function setsEverySequence(now: InventoryFacts, says: Readonly<Record<string, unknown>>): boolean {
  return (Says.parse(says).tocEntries?.['SEQUENCE SET'] ?? 0) >= Math.max(1, Object.keys(now.objects.sequence ?? {}).length);
}

/** Rows loaded through a partitioned table may land in another partition than the one they came from, so partitions count together. */
function byWhole(
  now: InventoryFacts,
  rowsByTable: Readonly<Record<string, number>>,
): ReadonlyMap<string, { expected: number; observed: number }> {
  const whole = new Map<string, { expected: number; observed: number }>();
  for (const [table, expected] of Object.entries(rowsByTable)) {
    if (!(table in now.tables)) continue;
    const name = now.tables[table] ?? table;
    const one = whole.get(name) ?? { expected: 0, observed: 0 };
    whole.set(name, { ...one, expected: one.expected + expected });
  }
  for (const [table, rows] of Object.entries(now.rows)) {
    const name = now.tables[table] ?? table;
    const one = whole.get(name);
    if (one !== undefined) whole.set(name, { ...one, observed: one.observed + rows });
  }
  return whole;
}
