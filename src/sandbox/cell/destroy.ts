import type { Clock } from '../../system/clock.ts';
import type { DestroyedSandbox } from '../sandbox.ts';
import type { JailedTool } from './jailer.ts';
import { lookForRemains, removeRemains, type Traces } from './remains.ts';
import type { Claim } from './runner.ts';

export interface Destroyable {
  readonly traces: Traces;
  readonly live: ReadonlySet<JailedTool>;
  readonly claim: Claim;
  readonly clock: Clock;
}

/** How long a killed program's output may still be on its way to whoever reads it. */
const DRAIN_MS = 5_000;

/** Kills, removes, and then looks: what it answers was seen, not assumed. The user number is given back only when nothing runs under it. */
export function destroyCell(destroyable: Destroyable): () => Promise<DestroyedSandbox> {
  const { traces, live, claim, clock } = destroyable;
  return async () => {
    const ended = [...live].map(tool => {
      tool.signal('SIGKILL');
      return tool.ended.catch(() => undefined);
    });
    await within(DRAIN_MS, Promise.all(ended));
    await removeRemains(traces);
    const { pids, mounts, bytes } = await lookForRemains(traces);
    if (pids.length === 0) await claim.release();
    const verified = pids.length === 0 && mounts.length === 0 && bytes === 0;
    return { at: clock.now(), verified, processes: pids.length, mounts: mounts.length, bytes };
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
