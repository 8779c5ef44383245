import type { LimitHit } from '../backup/target.ts';
import { finding, type Finding, type FindingCode } from '../finding/finding.ts';

const PROBE = 'service';

const BY_LIMIT: Readonly<Partial<Record<LimitHit, FindingCode>>> = { memory: 'service.out-of-memory', disk: 'service.disk-full' };

/** Never the backup's fault as far as we can tell: a limit of ours, or a crash. */
export function died(limit: LimitHit | undefined): Finding {
  return finding((limit === undefined ? undefined : BY_LIMIT[limit]) ?? 'service.died', 'inconclusive', { probe: PROBE });
}
