import { finding, type Finding, type FindingCode, type FindingFacts } from '../../finding/finding.ts';
import { NEWEST_ARCHIVE } from './archive-header.ts';
import type { PgDumpHandle } from './handle.ts';

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

/** What the look at a dump's bytes comes to. An archive of a version that nobody here knows is not looked at. */
export async function wholeFindings(
  { archiveVersion, format }: Pick<PgDumpHandle, 'archiveVersion' | 'format'>,
  bytes: number,
  looking: () => Promise<Whole>,
): Promise<readonly Finding[]> {
  if (format !== 'plain' && isNewer(archiveVersion)) {
    const facts = { probe: 'backup', required: false, expected: NEWEST_ARCHIVE, observed: archiveVersion };
    return [finding('backup.newer-format', 'inconclusive', facts)];
  }
  const whole = await looking();
  if (whole.says === 'bad') return whole.findings;
  if (whole.says === 'whole') return [finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: bytes })];
  return [finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: bytes })];
}

/** A version that PostgreSQL will not reach for decades is no newer format: its bytes are damaged, and the checks say so. */
function isNewer(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '0.0').split('.').map(Number);
  const [, known = 0] = NEWEST_ARCHIVE.split('.').map(Number);
  return major === 2 || (major === 1 && minor > known);
}
