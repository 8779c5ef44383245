import type { Finding } from '../../finding/finding.ts';
import type { RecoveryPoint } from '../backup.ts';
import { damageIn } from './damage.ts';
import { failureOf } from './failure.ts';
import { refuseIfPruned } from './locks.ts';
import { readMuch, type Repository } from './run.ts';

/**
 * `restic check`: that everything that the index names is there, and with `subset` that the bytes of that part are as they were written. What
 * is bad is a finding; none means that it found nothing. Throws BackupError when it could not look.
 */
export async function check(
  { point, at, subset }: { readonly point: RecoveryPoint; readonly at: Repository; readonly subset?: string },
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const args = ['check', ...(subset === undefined ? [] : [`--read-data-subset=${subset}`])];
  const result = await readMuch({ at, args }, stop);
  if (result.exitCode === 0) return [];
  const damage = result.stopped ? [] : damageIn(result.stderr, 'backup');
  if (damage.length === 0) throw failureOf(result, 'checking the repository') ?? new Error('unreachable');
  await refuseIfPruned(point, at, stop);
  return damage;
}
