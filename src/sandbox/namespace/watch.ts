import type { LimitHit } from '../../backup/target.ts';

/** Looks at what a sandbox uses and ends its programs when a limit is reached. */
export interface Watch {
  /** The first limit that was reached. It stays: after it the sandbox is of no use. */
  hit(): LimitHit | undefined;
  /** Looks now, exactly, not at the next turn. */
  look(): Promise<void>;
  end(): void;
}
