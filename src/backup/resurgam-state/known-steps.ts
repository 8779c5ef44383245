import { createHash } from 'node:crypto';
import { finding, type Finding } from '../../finding/finding.ts';
import type { StateStep } from '../state-backup.ts';

/**
 * SHA-256 of the SQL of each step of the tables, as our releases made it. The SQL comes with the backup, so that whoever restores it needs no release; only
 * what is known here is run, so that a forged backup cannot bring statements of its own. A new migration adds its line; a test says which.
 */
export const KNOWN_STEPS: ReadonlyMap<number, string> = new Map([
  [1, 'abb541a3af6c392bc5bd894cf3b369dd5fddcbd0584c7b483fbb043a33d6c4ea'],
  [2, 'e20ac7c33ff19cd0ea07c0472561fa9e148ff645fa0454394ea09bbba2d9cb55'],
  [3, '9582bc6e91d4129ac04a0a299cc1686a40797432411f8a247ef01ae07562414e'],
]);

/** Why these steps are not run; undefined if all of them are ours and none is missing. */
export function refusedSteps(steps: readonly StateStep[], migration: number): Finding | undefined {
  const newest = Math.max(...KNOWN_STEPS.keys());
  if (migration > newest) {
    const facts = { expected: `tables of step ${newest}`, observed: `of step ${migration}` };
    return finding('backup.newer-format', 'inconclusive', { probe: 'restore', ...facts });
  }
  const whole = steps.length === migration && steps.every(({ number }, at) => number === at + 1);
  if (!whole) return finding('restore.corrupt', 'failed', { probe: 'restore', unit: 'steps', expected: migration, observed: steps.length });
  const foreign = steps.filter(({ number, sql }) => KNOWN_STEPS.get(number) !== digestOf(sql)).length;
  if (foreign === 0) return undefined;
  return finding('restore.unexpected-command', 'failed', { probe: 'restore', unit: 'steps', expected: 0, observed: foreign });
}

function digestOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
