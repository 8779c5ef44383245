import type { Sent } from './channel.ts';

/** How long to wait after the first, second, … failed try of one channel (escalation.md, section 12). There is no sixth try. */
export const TRY_AGAIN_AFTER_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000];

/** A service that wants to be left alone for longer is left alone: the next channel reaches people sooner. */
const LONGEST_WAIT_MS = Math.max(...TRY_AGAIN_AFTER_MS);

/**
 * What comes after a try. `accepted`: nothing, the message was taken. `exhausted`: every channel of the contact failed, so that the next
 * tier is told at once and `notification-failed` is opened.
 */
export type AfterTry =
  { readonly next: 'accepted' } | { readonly next: 'again'; readonly afterMs: number } | { readonly next: 'next-channel' | 'exhausted' };

export interface TriesSoFar {
  /** How many tries this channel has had, the one that just ended included. */
  readonly tries: number;
  /** Whether the contact has a channel after this one that is not disabled. */
  readonly moreChannels: boolean;
}

/** Decides what comes after this try; pure. A `Retry-After` is honoured by never being earlier. */
export function nextAfter(sent: Sent, { tries, moreChannels }: TriesSoFar): AfterTry {
  if (sent.result === 'accepted') return { next: 'accepted' };
  const wait = sent.again && !sent.disable ? TRY_AGAIN_AFTER_MS[tries - 1] : undefined;
  const asked = sent.retryAfterMs ?? 0;
  if (wait !== undefined && asked <= LONGEST_WAIT_MS) return { next: 'again', afterMs: Math.max(wait, asked) };
  return { next: moreChannels ? 'next-channel' : 'exhausted' };
}
