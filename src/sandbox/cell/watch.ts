import type { LimitHit } from '../../backup/target.ts';
import type { Clock } from '../../system/clock.ts';
import type { Limits } from '../sandbox.ts';
import { diskGauge } from './disk-gauge.ts';
import { usedBy, type CellUsage } from './usage.ts';

/** Looks at what a sandbox uses and ends its programs when a limit is reached. */
export interface Watch {
  /** The first limit that was reached. It stays: after it the sandbox is of no use. */
  hit(): LimitHit | undefined;
  /** Looks now, exactly, not at the next turn. */
  look(): Promise<void>;
  end(): void;
}

export interface Watched {
  readonly folder: string;
  readonly limits: Limits;
  /** The host keeps so much free disk, whatever the sandbox was promised. */
  readonly reserveBytes: number;
  readonly usage: CellUsage;
  readonly clock: Clock;
  /** Called once, with the limit that was reached. */
  kill(hit: LimitHit): void;
}

/** Four times a second: a disk filler at 2 GB/s then overshoots by half a gigabyte at most, and the reserve is there for that. */
const TURN_MS = 250;

/** The kernel's own limits bite at once where there are any (cgroup, rlimits); this is for what the kernel does not count, and to say what bit. */
export function startWatch(watched: Watched): Watch {
  const startedMs = watched.clock.monotonicMs();
  const gauge = diskGauge(watched);
  let hit: LimitHit | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  const judge = async (exact: boolean): Promise<void> => {
    const found = timeIsUp()
      ? 'time'
      : ((await usedBy(watched.usage, watched.limits)) ?? ((await gauge.isFull(exact)) ? 'disk' : undefined));
    if (found === undefined || hit !== undefined || ended) return;
    hit = found;
    watched.kill(found);
  };
  const timeIsUp = (): boolean => watched.clock.monotonicMs() - startedMs >= watched.limits.timeMs;
  const turn = (): void => {
    timer = setTimeout(() => {
      // A look that could not be taken says nothing; the next one will.
      void judge(false)
        .catch(() => undefined)
        .then(() => {
          if (!ended && hit === undefined) turn();
        });
    }, TURN_MS);
    timer.unref();
  };
  turn();
  return {
    hit: () => hit,
    look: () => judge(true).catch(() => undefined),
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
