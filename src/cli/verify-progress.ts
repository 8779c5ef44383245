import type { VerifyProgress } from '../store/verify-path.ts';
import type { Environment } from './terminal.ts';

export interface VerifyProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A ledger that is verified sooner needs no progress. */
const QUIET_MS = 1000;
const LEAST_MS = 200;
/** To the start of the line, and what stands there deleted. */
const CLEAR = '\r\u001B[K';

/** One line on a terminal that says how far a long verification came; nothing elsewhere. */
export function verifyProgress(
  stream: VerifyProgressStream,
  { env, now }: { readonly env: Environment; readonly now: () => number },
): { readonly show: (progress: VerifyProgress) => void; readonly end: () => void } {
  const isSeen = stream.isTTY === true && env['TERM'] !== 'dumb';
  const began = now();
  let drawnAt = began + QUIET_MS - LEAST_MS;
  let drawn = false;
  return {
    show: progress => {
      const at = now();
      if (!isSeen || at - drawnAt < LEAST_MS) return;
      stream.write(`${CLEAR}${lineOf(progress, at - began)}`);
      [drawnAt, drawn] = [at, true];
    },
    end: () => {
      if (drawn) stream.write(CLEAR);
      drawn = false;
    },
  };
}

function lineOf({ readBytes, totalBytes }: VerifyProgress, elapsedMs: number): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, readBytes / totalBytes);
  const leftSeconds = share === 0 ? 0 : Math.ceil((elapsedMs * (1 / share - 1)) / 1000);
  const left = share < 1 ? `, about ${leftSeconds} s left` : '';
  return `verifying: ${Math.floor(share * 100)} % of ${Math.ceil(totalBytes / 1e6)} MB${left}`;
}
