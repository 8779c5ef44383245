import { finding, type Finding, type FindingCode, type FindingFacts } from '../../finding/finding.ts';

/** What a check without a restore can say of staged bytes. `whole`: nothing speaks against them. `untold`: too large to look at all of it. */
export type Whole = { readonly says: 'whole' | 'untold' } | { readonly says: 'bad'; readonly findings: readonly Finding[] };

export const WHOLE: Whole = { says: 'whole' };
export const UNTOLD: Whole = { says: 'untold' };

/** Bad bytes are an answer. */
export function bad(code: FindingCode, facts: FindingFacts = {}): Whole {
  return { says: 'bad', findings: [finding(code, 'failed', { probe: 'backup', ...facts })] };
}

/** It ends too early: `expected` and `observed` in bytes, as far as they are known. */
export function cutOff(expected: number | null, observed: number): Whole {
  return bad('backup.truncated', { unit: 'bytes', expected, observed });
}

/** The first bad answer, else the least certain one. */
export function both(first: Whole, second: Whole): Whole {
  if (first.says === 'bad') return first;
  return second.says === 'bad' || second.says === 'untold' ? second : first;
}

/** The look at a backup's bytes as findings. */
export async function findingsOfWhole(bytes: number, looking: () => Promise<Whole>): Promise<readonly Finding[]> {
  const whole = await looking();
  if (whole.says === 'bad') return whole.findings;
  if (whole.says === 'whole') return [finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: bytes })];
  return [finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: bytes })];
}
