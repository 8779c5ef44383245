import { performance } from 'node:perf_hooks';
import { BEAT_MS } from './heard-drills.ts';
import type { Sharing } from './sharing.ts';

/**
 * A machine that was not heard of for so long gives its drill up: by then another may have signed it as lost, and it waits ten minutes more before
 * it tries again (`retriesAt`), so that no occurrence runs twice at once.
 */
export const CUT_OFF_MS = 8 * 60_000;

/** Says again and again that this machine is at the drill, until the end is called. `cutOff` is called once nobody could hear it for too long. */
export async function keepBeating({ shared, machine }: Sharing, drill: string, cutOff: () => void): Promise<() => Promise<void>> {
  await shared.beat(drill, machine.name);
  let heardMs = performance.now();
  const timer = setInterval(() => {
    shared.beat(drill, machine.name).then(
      () => {
        heardMs = performance.now();
      },
      () => {
        // Whatever it was: nobody heard it.
        if (performance.now() - heardMs > CUT_OFF_MS) cutOff();
      },
    );
  }, BEAT_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // A beat that stays behind is of a drill that has ended: nobody asks for it.
    await shared.endBeat(drill).catch(() => undefined);
  };
}
