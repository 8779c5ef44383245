import type { Noted } from '../noted.ts';
import { thingsOf, type InventoryFacts } from './facts.ts';
import { KINDS, type Kind } from './kinds.ts';

export type { Noted } from '../noted.ts';

export interface Comparison {
  readonly before: InventoryFacts;
  readonly now: InventoryFacts;
  readonly ignored: (name: string) => boolean;
}

const HOLDERS: readonly Kind[] = ['schema', 'table', 'view', 'materialised view'];

/** What was there at the last accepted drill and is not any more, and how much is defined otherwise. What is new is fine. */
export function compareObjects(comparison: Comparison): readonly Noted[] {
  const { before, now } = comparison;
  const gone = new Set(HOLDERS.flatMap(kind => missing(comparison, kind)));
  const letGo = gonePartitions(comparison);
  const noted: Noted[] = [];
  for (const kind of KINDS) {
    for (const name of missing(comparison, kind)) {
      const parent = thingsOf(before, kind)[name]?.[1] ?? null;
      // What went with its table or schema is told once.
      if (letGo.has(name) || (parent !== null && (gone.has(parent) || letGo.has(parent)))) continue;
      noted.push({
        code: 'inventory.object-missing',
        outcome: 'failed',
        facts: { object: name, unit: kind, expected: true, observed: false },
      });
    }
  }
  if (letGo.size > 0)
    noted.push({
      code: 'inventory.partitions-gone',
      outcome: 'passed',
      facts: { required: false, observed: letGo.size, unit: 'partitions' },
    });
  if (before.major === now.major) noted.push(...changed(comparison));
  return [...noted, ...emptied(comparison)];
}

function missing({ before, now, ignored }: Comparison, kind: Kind): readonly string[] {
  const there = thingsOf(now, kind);
  return Object.entries(thingsOf(before, kind))
    .filter(([name, [, parent]]) => there[name] === undefined && !ignored(name) && (parent === null || !ignored(parent)))
    .map(([name]) => name);
}

/** Old periods are let go as partitions; that is healthy as long as the whole table is there with partitions. Its rows are compared as a whole. */
function gonePartitions({ before, now }: Comparison): ReadonlySet<string> {
  const roots = new Set(Object.values(now.tables).filter(root => root !== null));
  return new Set(
    Object.entries(before.tables)
      .filter(([name, root]) => root !== null && roots.has(root) && !(name in now.tables))
      .map(([name]) => name),
  );
}

function changed({ before, now, ignored }: Comparison): readonly Noted[] {
  return KINDS.flatMap((kind): readonly Noted[] => {
    const there = thingsOf(now, kind);
    const names = Object.entries(thingsOf(before, kind)).filter(
      ([name, [token]]) => there[name] !== undefined && there[name][0] !== token && !ignored(name),
    );
    if (names.length === 0) return [];
    const facts = { required: false, unit: kind, object: names[0]?.[0] ?? null, expected: 0, observed: names.length };
    return [{ code: 'inventory.definition-changed', outcome: 'passed', facts }];
  });
}

function emptied({ before, now, ignored }: Comparison): readonly Noted[] {
  const filled = new Set(now.filled);
  return before.filled
    .filter(name => name in now.tables && !filled.has(name) && !ignored(name))
    .map(object => ({ code: 'inventory.view-not-filled', outcome: 'failed', facts: { object, expected: true, observed: false } }));
}
