import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Block, BlockReader, BlockReading } from '../evidence/block.ts';
import type { PublicKey } from '../evidence/key.ts';
import { startThreads, type Threads } from '../system/threads.ts';

/** What each thread must know. */
export interface ThreadSetting {
  readonly origin: string;
  readonly stops: ReadonlySet<number>;
  readonly pems: readonly string[];
}

/** Blocks of each thread: one that it reads, one that waits for it, one whose answer is on its way. */
const BLOCKS_EACH = 3;

/** Reads blocks on all cores. Ended by whoever made it. */
export interface VerifyThreads extends AsyncDisposable {
  readonly open: (ledger: Pick<ThreadSetting, 'origin' | 'stops'>) => BlockReader;
}

export function verifyThreads(keys: readonly PublicKey[], count: number = availableParallelism()): VerifyThreads {
  let threads: Threads<Block, BlockReading | undefined> | undefined;
  return {
    open: ledger => {
      const setting: ThreadSetting = { ...ledger, pems: keys.map(({ pem }) => pem) };
      const started = (threads ??= startThreads(program(), { count, setting }));
      return { ahead: BLOCKS_EACH * count, read: block => started.ask(block) };
    },
    [Symbol.asyncDispose]: async () => threads?.[Symbol.asyncDispose](),
  };
}

/** The built program also when we run from sources: threads have no compiler. */
function program(): URL {
  const built = new URL('./verify-thread.js', import.meta.url);
  return existsSync(built) ? built : new URL('../../dist/store/verify-thread.js', import.meta.url);
}
