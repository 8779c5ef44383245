import { finding, type Finding } from '../finding/finding.ts';
import type { LimitHit } from './target.ts';

/** What a restore that a limit of the sandbox ended is called. It says nothing about the backup. */
export const BY_LIMIT = {
  disk: 'restore.sandbox-disk-full',
  memory: 'restore.out-of-memory',
  time: 'restore.time-limit',
  processes: 'restore.server-died',
} as const satisfies Readonly<Record<LimitHit, string>>;

export function brokenBy(hit: LimitHit | undefined): Finding | undefined {
  return hit === undefined ? undefined : finding(BY_LIMIT[hit], 'inconclusive', { probe: 'restore' });
}
