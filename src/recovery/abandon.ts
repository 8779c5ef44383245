import { finding } from '../finding/finding.ts';
import { foldersOf } from './bring.ts';
import type { RecoveryOrder } from './course.ts';
import { sealRecoveryEnd } from './evidence.ts';
import { removePart as removeFolderPart } from './folder.ts';
import { beginRecovery, declaredOf } from './recovery.ts';
import { removePart as removeDatabasePart } from './server.ts';
import { writeState, type RecoveryState } from './state.ts';

export interface Abandoned {
  readonly recovery: string;
  /** Places beside which something unfinished was taken away. */
  readonly removed: readonly string[];
  /** Components that are in their place: that is for whoever gave up to decide. */
  readonly stays: readonly string[];
}

/** Ends an unfinished recovery: what lies beside its places goes, what is in place stays, and its evidence is closed. */
export async function abandon(order: RecoveryOrder, before: RecoveryState): Promise<Abandoned> {
  const run = await beginRecovery(order);
  const removed: string[] = [];
  for (const [name, place] of Object.entries(order.source.target.components)) {
    for (const folder of foldersOf(place)) if (await removeFolderPart(folder)) removed.push(`${name}: ${folder}`);
    if (place.server !== undefined && (await removeDatabasePart({ at: place.server, recovery: before.recovery })))
      removed.push(`${name}: ${place.server.database}`);
  }
  run.findings.push(finding('recovery.abandoned', 'inconclusive', { probe: 'recovery' }));
  await sealRecoveryEnd(order.ledger, run, declaredOf(order, run));
  await writeState(order.file, { ...before, finished: true });
  const brought = [...before.done, before.placing ?? ''].filter(key => key.endsWith('/bring')).map(key => key.slice(0, -'/bring'.length));
  return { recovery: run.id, removed, stays: brought };
}
