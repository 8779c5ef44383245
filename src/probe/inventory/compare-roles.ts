import type { Comparison, Noted } from './compare-objects.ts';

const FEW = 0.2;

/**
 * Grants and owners that are gone from what is still there (failure modes P01, P02). A role that lost everything, or more than a fifth of all
 * grants, locks people out and is required; single revocations happen and are only listed.
 */
export function compareRoles(comparison: Comparison): readonly Noted[] {
  return [...lostGrants(comparison), ...lostOwners(comparison), ...lostSettings(comparison)];
}

function lostGrants({ before, now, ignored }: Comparison): readonly Noted[] {
  const had = new Map<string, number>();
  const lost = new Map<string, number>();
  for (const [object, roles] of Object.entries(before.grants)) {
    if (!isStillThere(object, { before, now, ignored })) continue;
    for (const [role, privileges] of Object.entries(roles)) {
      had.set(role, (had.get(role) ?? 0) + 1);
      const left = (now.grants[object]?.[role] ?? '').split(',');
      if (!privileges.split(',').every(privilege => left.includes(privilege))) lost.set(role, (lost.get(role) ?? 0) + 1);
    }
  }
  return judge('grants', had, lost);
}

function lostOwners({ before, now, ignored }: Comparison): readonly Noted[] {
  const had = new Map<string, number>();
  const lost = new Map<string, number>();
  for (const [object, role] of Object.entries(before.owners)) {
    const owner = now.owners[object];
    if (owner === undefined || ignored(nameOf(object))) continue;
    had.set(role, (had.get(role) ?? 0) + 1);
    if (owner !== role) lost.set(role, (lost.get(role) ?? 0) + 1);
  }
  return judge('owners', had, lost);
}

function judge(unit: 'grants' | 'owners', had: ReadonlyMap<string, number>, lost: ReadonlyMap<string, number>): readonly Noted[] {
  const expected = total(had);
  const observed = total(lost);
  if (observed === 0) return [];
  const lockedOut = [...lost].some(([role, count]) => count === had.get(role));
  const required = lockedOut || observed > FEW * expected;
  return [
    { code: 'inventory.grants-missing', outcome: 'failed', facts: { unit, expected, observed, ...(required ? {} : { required: false }) } },
  ];
}

/** Settings of the database and of its roles are no part of most dumps; if they were there once, they must be. */
function lostSettings({ before, now }: Comparison): readonly Noted[] {
  const there = new Set(now.settings);
  const kept = before.settings.filter(token => there.has(token)).length;
  if (kept === before.settings.length) return [];
  return [
    {
      code: 'inventory.settings-missing',
      outcome: 'failed',
      facts: { unit: 'settings', expected: before.settings.length, observed: kept },
    },
  ];
}

/** A grant that went with its object is told as the missing object. */
function isStillThere(object: string, { now, ignored }: Comparison): boolean {
  const kind = object.slice(0, object.indexOf(' '));
  const key = kind === 'column' ? `relation ${nameOf(object).slice(0, nameOf(object).lastIndexOf('.'))}` : object;
  return (kind === 'default' || kind === 'server' || key in now.owners) && !ignored(nameOf(object));
}

function nameOf(object: string): string {
  return object.slice(object.indexOf(' ') + 1);
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
