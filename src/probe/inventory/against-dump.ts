import { z } from 'zod';
import type { InventoryFacts } from './facts.ts';
import type { Noted } from './compare-objects.ts';

/** What a dump says of itself, as far as this probe compares it. Names are `schema.table`, unquoted. */
const Says = z.looseObject({
  rowsByTable: z.record(z.string(), z.number()).optional().catch(undefined),
  tocTables: z.array(z.string()).optional().catch(undefined),
});

export interface Dumped {
  readonly now: InventoryFacts;
  readonly says: Readonly<Record<string, unknown>>;
  readonly ignored: (name: string) => boolean;
}

/** Every table that the dump lists must be there, and hold at least the rows that the dump holds for it: exact, without any baseline. */
export function compareWithDump({ now, says, ignored }: Dumped): { readonly noted: readonly Noted[]; readonly rows: number | null } {
  const { rowsByTable, tocTables = [] } = Says.parse(says);
  const listed = [...new Set([...tocTables, ...Object.keys(rowsByTable ?? {})])].filter(name => !ignored(name));
  const noted: Noted[] = listed
    .filter(name => !(name in now.tables))
    .sort()
    .map(object => ({
      code: 'inventory.table-missing',
      outcome: 'failed',
      facts: { object, unit: 'table', expected: true, observed: false },
    }));
  if (rowsByTable === undefined) return { noted, rows: null };

  for (const [table, { expected, observed }] of byWhole(now, rowsByTable)) {
    if (observed >= expected || ignored(table)) continue;
    noted.push({ code: 'inventory.rows-fewer-than-dump', outcome: 'failed', facts: { object: table, unit: 'rows', expected, observed } });
  }
  return { noted, rows: Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0) };
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
