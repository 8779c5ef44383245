import { finding, type Finding } from '../../finding/finding.ts';
import type { Base } from './base.ts';

/** A backup with a temporary name that grew so lately is still being made. */
const IN_PROGRESS_MS = 5 * 60_000;

export interface Sorted {
  /** Those that can be restored, newest first. */
  readonly bases: readonly Base[];
  readonly findings: readonly Finding[];
}

/** What can be restored, and what ought to have been a backup and is none. Only what is newer than every good one decides. */
export function sortOut(seen: readonly Base[], now: string): Sorted {
  const bases = seen
    .filter(base => base.state === 'whole' || base.state === 'no-manifest')
    .sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1));
  const newest = bases[0]?.finishedAt ?? '';
  const making = (base: Base): boolean => base.state === 'unfinished' && Date.parse(now) - Date.parse(base.finishedAt) < IN_PROGRESS_MS;
  const findings = seen.flatMap(base => {
    const facts = { probe: 'backup', required: base.finishedAt > newest };
    if (making(base)) return [finding('backup.in-progress', 'skipped', { ...facts, required: false })];
    if (base.state === 'unfinished') return [finding('backup.newer-incomplete', 'failed', facts)];
    if (base.state === 'bad-manifest') return [finding('backup.truncated', 'failed', facts)];
    return base.state === 'no-label' ? [finding('backup.label-missing', 'failed', facts)] : [];
  });
  const unproved =
    bases[0]?.state === 'no-manifest' ? [finding('backup.manifest-missing', 'skipped', { probe: 'backup', required: false })] : [];
  return { bases, findings: [...findings, ...unproved] };
}
