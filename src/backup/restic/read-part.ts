import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PartRead, ReadPlace, RecoveryPoint } from '../backup.ts';
import { continued, covered, nextPart } from '../rotation.ts';
import { check } from './check.ts';
import { failureOf } from './failure.ts';
import { readOptions } from './options.ts';
import { needsCache, runRestic } from './run.ts';

/**
 * Reads every n-th pack of the repository and compares it with its name, which is the digest of its bytes. Which part a pack is in follows
 * from its name, so that after all parts every pack has been read.
 */
export async function readPart(point: RecoveryPoint, at: ReadPlace, stop: AbortSignal): Promise<PartRead> {
  const repository = { access: at.store, cache: needsCache(at.store) ? join(at.staging, 'cache') : undefined };
  const { rotation } = readOptions(at.store.section);
  const config = await runRestic(repository, ['cat', 'config'], stop);
  const failure = failureOf(config, 'opening the repository');
  if (failure !== undefined) throw failure;
  const { id } = JSON.parse(config.stdout) as { id: string };
  const before = continued(at.before, { store: createHash('sha256').update(id).digest('hex').slice(0, 16), parts: rotation });
  const part = nextPart(before);
  const damage = await check({ point, at: repository, subset: `${part}/${rotation}` }, stop);
  if (damage.length > 0) return { findings: damage, facts: { ...before } };
  return covered(before, part, at.store.now());
}
