import { finding, type Finding } from '../finding/finding.ts';
import type { ComparedTree } from '../system/compare-tree.ts';

/** A restored tree against what its backup lists. */
export function asListed({ entries, different, unseen }: ComparedTree): readonly Finding[] {
  const facts = { probe: 'restore', unit: 'files and folders' };
  return [
    ...(different === 0 ? [] : [finding('restore.entries-differ', 'failed', { ...facts, expected: entries, observed: different })]),
    ...(unseen === 0 ? [] : [finding('restore.not-compared', 'skipped', { ...facts, required: false, observed: unseen })]),
  ];
}

/** What one user alone cannot restore is said, not hidden: whose the files are, and devices. */
export function leftOut({ entries, devices }: { readonly entries: number; readonly devices: number }): readonly Finding[] {
  const note = { probe: 'restore', required: false };
  return [
    ...(entries === 0 ? [] : [finding('restore.owners-not-set', 'skipped', { ...note, unit: 'files and folders', observed: entries })]),
    ...(devices === 0 ? [] : [finding('restore.devices-not-made', 'skipped', { ...note, unit: 'devices', observed: devices })]),
  ];
}
