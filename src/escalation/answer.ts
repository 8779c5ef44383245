import type { Posted, PostFault } from '../system/http-post.ts';
import type { Sent } from './channel.ts';

type Failed = Extract<Sent, { result: 'failed' }>;

/** A try that failed and is not worth another, unless `more` says so. `error` is a code of ours. */
export function failed(error: string, more: Partial<Pick<Failed, 'again' | 'retryAfterMs' | 'disable'>> = {}): Failed {
  return { result: 'failed', error, again: false, retryAfterMs: null, disable: false, ...more };
}

/** What may pass by itself. A wrong certificate, a refused address and a redirect stay until somebody mends them. */
const PASSING: readonly PostFault[] = ['timeout', 'stopped', 'unreachable'];

export interface Judging {
  /** Whether this answer says that the message was taken. */
  accepts(status: number, body: string): boolean;
  /** An id of ours by which the other side knows the message. */
  readonly providerId: string | null;
  /** Of the wall clock, for a `Retry-After` that is a date. */
  readonly now: string;
}

/** How a try over HTTP ended (escalation.md, section 12, "Tries"). */
export function concludeAnswer(posted: Posted, judging: Judging): Sent {
  if (posted.outcome === 'failed') return failed(posted.fault, { again: PASSING.includes(posted.fault) });
  const { status, body } = posted;
  if (judging.accepts(status, body)) return { result: 'accepted', providerId: judging.providerId };
  // Something answered that is not the service: another try of the same is not what reaches people.
  if (status >= 200 && status < 300) return failed('unexpected-answer');
  if (status === 410) return failed('http-410', { disable: true });
  const again = status === 408 || status === 429 || status >= 500;
  return failed(`http-${status}`, { again, retryAfterMs: again ? readRetryAfter(posted.retryAfter, judging.now) : null });
}

/** Milliseconds from `now`, out of seconds or a date (RFC 9110, 10.2.3); `null` if it says nothing that can be understood. */
export function readRetryAfter(header: string | null, now: string): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse takes almost everything; an HTTP date begins with the name of a day.
  const at = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - Date.parse(now));
}
