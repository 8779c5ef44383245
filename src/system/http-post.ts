import { request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { checkTarget, systemLookup, type HttpTarget, type Lookup } from './http-target.ts';
import { isTlsFault } from './tls-fault.ts';
import { timeLimit } from './time-limit.ts';

/** JSON to be sent to an address from a setting. The address itself may be the secret. */
export interface PostRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ranges of private networks (`10.2.0.0/16`) to which this may go. Default: none. */
  readonly allowPrivate?: readonly string[];
}

/**
 * Why no answer is worth reading. `target-refused`: the address is not one that we send to. `redirected`: it sent us elsewhere, and we do
 * not follow. `unreachable`: name, connection or answer broke.
 */
export type PostFault = 'timeout' | 'stopped' | 'unreachable' | 'tls-refused' | 'target-refused' | 'redirected';

export type Posted =
  | {
      readonly outcome: 'answered';
      readonly status: number;
      /** The header as it came. */
      readonly retryAfter: string | null;
      /** At most 64 kB. */
      readonly body: string;
    }
  | { readonly outcome: 'failed'; readonly fault: PostFault };

/** One POST. Never rejects for what the other side does; says nothing of the address, the headers or the body. */
export type Post = (request: PostRequest, stop: AbortSignal) => Promise<Posted>;

export interface PostSetting {
  /** For everything from the look-up of the name to the last byte of the answer. Default 20,000. */
  readonly limitMs?: number;
  readonly lookup?: Lookup;
  /** PEM, instead of the certificates that Node trusts. */
  readonly ca?: string;
}

const LIMIT_MS = 20_000;
const KEEP_BYTES = 65_536;

/** The one door for calls to addresses that people wrote into settings: limited in time and size, no redirects, guarded targets, TLS verified. */
export function httpPost(setting: PostSetting = {}): Post {
  return async (request, stop) => {
    const ends = AbortSignal.any([stop, timeLimit(setting.limitMs ?? LIMIT_MS)]);
    try {
      const target = await untilAborted(checkTarget(request.url, setting.lookup ?? systemLookup, request.allowPrivate), ends);
      if (target === undefined) return { outcome: 'failed', fault: 'target-refused' };
      return await exchange(request, target, { ends, ca: setting.ca });
    } catch (error) {
      return { outcome: 'failed', fault: faultOf(error, { stop, ends }) };
    }
  };
}

interface Exchange {
  readonly ends: AbortSignal;
  readonly ca: string | undefined;
}

/** Rejects with the error of the connection; a status of any kind is an answer. */
function exchange(request: PostRequest, target: HttpTarget, { ends, ca }: Exchange): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(request.body);
    const { url, host, lookup } = target;
    const options = {
      method: 'POST',
      hostname: host,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: { 'user-agent': 'resurgam', 'content-type': 'application/json', 'content-length': body.length, ...request.headers },
      // A connection of its own: nothing is kept open, nothing is shared between clients.
      agent: false,
      lookup,
      signal: ends,
    } as const;
    const sent = target.secure ? requestSecure({ ...options, ...(ca === undefined ? {} : { ca }) }) : requestPlain(options);
    sent.on('error', reject).on('response', answer => void collect(sent, answer).then(resolve, reject));
    sent.end(body);
  });
}

async function collect(sent: ClientRequest, answer: IncomingMessage): Promise<Posted> {
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    sent.destroy();
    return { outcome: 'failed', fault: 'redirected' };
  }
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    kept.push(chunk);
    bytes += chunk.length;
    if (bytes >= KEEP_BYTES) break;
  }
  sent.destroy();
  const body = Buffer.concat(kept).subarray(0, KEEP_BYTES).toString('utf8');
  return { outcome: 'answered', status, retryAfter: answer.headers['retry-after'] ?? null, body };
}

function faultOf(error: unknown, { stop, ends }: { readonly stop: AbortSignal; readonly ends: AbortSignal }): PostFault {
  if (stop.aborted) return 'stopped';
  if (ends.aborted) return 'timeout';
  return isTlsFault((error as NodeJS.ErrnoException).code) ? 'tls-refused' : 'unreachable';
}

/** A look-up cannot be called off, but nobody need wait for it. */
function untilAborted<T>(work: Promise<T>, ends: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('aborted'));
    if (ends.aborted) onAbort();
    ends.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => ends.removeEventListener('abort', onAbort));
  });
}
