import type { InventoryFacts } from './facts.ts';
import type { Comparison, Noted } from './compare-objects.ts';

const NOTICEABLE = 50;
const LARGE = 1_000;
const FALL = 0.2;

/**
 * Rows that are fewer than at the last accepted drill. Without a tolerance in the plan: a table of 50 rows or more that is empty now, or
 * one of 1,000 or more that lost over a fifth. With one: any table that lost more than that share. Growth is fine.
 */
export function compareRows({ before, now, ignored }: Comparison, tolerance: number | null): readonly Noted[] {
  const volatile = new Set([...before.unlogged, ...now.unlogged]);
  const after = rowsByWhole(now);
  const noted: Noted[] = [];
  for (const [table, expected] of rowsByWhole(before)) {
    const observed = after.get(table);
    if (observed === undefined || ignored(table) || volatile.has(table)) continue;
    if (isLoss(expected, observed, tolerance))
      noted.push({ code: 'inventory.rows-missing', outcome: 'failed', facts: { object: table, unit: 'rows', expected, observed } });
  }
  const { count } = before.largeObjects;
  if (count > 0 && (now.largeObjects.count === 0 || isLoss(count, now.largeObjects.count, tolerance))) {
    noted.push({
      code: 'inventory.large-objects-missing',
      outcome: 'failed',
      facts: { unit: 'large objects', expected: count, observed: now.largeObjects.count },
    });
  }
  return noted;
}

/** Whether a table that held `before` rows lost too many of them. */
export function isLoss(before: number, now: number, tolerance: number | null): boolean {
  if (tolerance !== null) return now < before * (1 - tolerance);
  return (before >= NOTICEABLE && now === 0) || (before >= LARGE && now < before * (1 - FALL));
}

/** Rows by table; those of all partitions together, since a row may move between them. */
export function rowsByWhole(facts: Pick<InventoryFacts, 'rows' | 'tables'>): ReadonlyMap<string, number> {
  const whole = new Map<string, number>();
  for (const [table, rows] of Object.entries(facts.rows)) {
    const name = facts.tables[table] ?? table;
    whole.set(name, (whole.get(name) ?? 0) + rows);
  }
  return whole;
}

/**
 * Another database in the place of this one (failure mode A17): most tables are gone and others are there instead; or the tables are the
 * same, as with two customers of one application, but nearly all row counts are far off, in both directions.
 */
export function isOtherDatabase({ before, now }: Comparison): { readonly differing: number; readonly of: number } | undefined {
  const names = Object.keys(before.tables);
  const shared = names.filter(name => name in now.tables).length;
  const isNew = Object.keys(now.tables).some(name => !(name in before.tables));
  if (names.length > 0 && isNew && shared < names.length / 2) return { differing: names.length - shared, of: names.length };

  const after = rowsByWhole(now);
  const compared = [...rowsByWhole(before)].filter(([, rows]) => rows >= NOTICEABLE).map(([table, rows]) => (after.get(table) ?? 0) / rows);
  const fewer = compared.filter(ratio => ratio > 0 && ratio < 0.5).length;
  const more = compared.filter(ratio => ratio > 2).length;
  const far = fewer + more >= 0.8 * compared.length && Math.min(fewer, more) >= 0.2 * compared.length;
  return compared.length >= 5 && far ? { differing: fewer + more, of: compared.length } : undefined;
}
