import { finding, type Finding } from '../finding/finding.ts';
import type { BackupSection } from '../plan/plan.ts';
import type { RecoveryPoint } from './backup.ts';

/** Encrypted, away from the site, locked: what the plan demands of the points as they are kept. What cannot be told is never passed. */
export function checkKeeping(points: readonly RecoveryPoint[], section: BackupSection, now: string): readonly Finding[] {
  if (points.length === 0) return [];
  return [...unencrypted(points, section), ...offSite(points, section), ...locked(points, section, now)];
}

function unencrypted(points: readonly RecoveryPoint[], { encrypted }: BackupSection): readonly Finding[] {
  const open = points.filter(point => !point.encrypted).length;
  if (encrypted !== 'required' || open === 0) return [];
  return [finding('backup.not-encrypted', 'failed', { probe: 'backup', unit: 'recovery points', expected: 0, observed: open })];
}

function offSite(points: readonly RecoveryPoint[], { copies, options }: BackupSection): readonly Finding[] {
  if (copies.offSite === null) return [];
  const facts = { probe: 'backup', unit: 'recovery points', expected: copies.offSite };
  const away = points.filter(point => isElsewhere(point.location)).length;
  if (away === 0 || isNear(options.endpoint)) return [finding('backup.off-site-unknown', 'inconclusive', facts)];
  return away >= copies.offSite ? [] : [finding('backup.off-site-missing', 'failed', { ...facts, observed: away })];
}

/** A folder may be anything: the disk beside the database, or a share in another town. A bucket or another host is elsewhere. */
function isElsewhere(location: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]*:/i.test(location);
}

/** An object store with an address of this machine or of the own network may stand in the same rack. */
function isNear(endpoint: unknown): boolean {
  if (typeof endpoint !== 'string') return false;
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  return (
    !host.includes('.') || /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|\.(?:local|lan|internal|home\.arpa)$/.test(host)
  );
}

/** An adapter that can tell says for at least one point until when it is locked; else nothing is known of any. */
function locked(points: readonly RecoveryPoint[], { copies }: BackupSection, now: string): readonly Finding[] {
  if (copies.locked === null) return [];
  const facts = { probe: 'backup', unit: 'recovery points', expected: copies.locked };
  const told = points.flatMap(point => (point.lockedUntil === null ? [] : [point.lockedUntil]));
  if (told.length === 0) return [finding('backup.lock-unknown', 'inconclusive', facts)];
  const held = told.filter(until => Date.parse(until) > Date.parse(now)).length;
  return held >= copies.locked ? [] : [finding('backup.not-locked', 'failed', { ...facts, observed: held })];
}
