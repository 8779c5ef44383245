import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** One range to be read over HTTP/1.1. */
export interface RangeRequest {
  /** Encoded, as it stands in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly from: number;
  /** Filled completely when the promise resolves with `filled`. */
  readonly into: Buffer;
  /** With quotes, as it must be in the answer; `null`: not asked. */
  readonly etag: string | null;
  onBytes(more: number): void;
}

/** `other`: an answer that is not exactly that range; ask in the ordinary way to learn why. */
export type RangeAnswer = 'filled' | 'other';

/**
 * Reads ranges straight from the socket into the memory where they belong. The ordinary way makes an object of every 64 KiB, which costs
 * as much as receiving them; everything but a plain success is left to it. Rejects when the connection breaks or is silent.
 */
export class RangeClient {
  readonly #origin: URL;
  readonly #silenceMs: number;
  readonly #idle: Connection[] = [];

  constructor(origin: URL, silenceMs: number) {
    this.#origin = origin;
    this.#silenceMs = silenceMs;
  }

  /** As in the `Host` header. */
  get host(): string {
    return this.#origin.host;
  }

  async read(request: RangeRequest, stop: AbortSignal): Promise<RangeAnswer> {
    stop.throwIfAborted();
    const connection = this.#idle.pop() ?? new Connection(this.#origin, this.#silenceMs);
    const onStop = (): void => connection.end(new Error('stopped'));
    stop.addEventListener('abort', onStop, { once: true });
    try {
      const answer = await connection.ask(request, this.host);
      if (connection.reusable) this.#idle.push(connection);
      else connection.end(undefined);
      return answer;
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.end(undefined);
  }
}

const HEAD_BYTES = 65_536;

/** One connection, one request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  #headFilled = 0;
  #filled = 0;
  #inBody = false;
  #request: RangeRequest | undefined;
  #settle: { resolve(answer: RangeAnswer): void; reject(error: Error): void } | undefined;
  /** It may be asked again: the last answer was read to its end. */
  reusable = false;

  constructor(origin: URL, silenceMs: number) {
    const secure = origin.protocol === 'https:';
    const target = { host: origin.hostname.replace(/^\[|\]$/g, ''), port: Number(origin.port === '' ? (secure ? 443 : 80) : origin.port) };
    const onread = { buffer: () => this.#room(), callback: (bytes: number) => this.#take(bytes) };
    // A name is checked against the certificate; an address has none to send.
    const tls: ConnectionOptions & { readonly onread: typeof onread } = {
      ...target,
      servername: isAddress(target.host) ? '' : target.host,
      onread,
    };
    this.#socket = secure ? connectTls(tls) : connectPlain({ ...target, onread });
    this.#socket.setNoDelay(true).setTimeout(silenceMs, () => this.end(new Error('no bytes for too long')));
    this.#socket.on('error', error => this.end(error));
    this.#socket.on('close', () => this.end(new Error('the connection was closed')));
  }

  ask(request: RangeRequest, host: string): Promise<RangeAnswer> {
    this.reusable = false;
    this.#request = request;
    this.#headFilled = 0;
    this.#filled = 0;
    this.#inBody = false;
    const range = { host, range: `bytes=${request.from}-${request.from + request.into.length - 1}`, ...request.headers };
    const lines = Object.entries(range).map(([name, value]) => `${name}: ${value}\r\n`);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#socket.destroyed) this.end(new Error('the connection was closed'));
      else this.#socket.write(`GET ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    });
  }

  end(error: Error | undefined): void {
    this.reusable = false;
    this.#socket.destroy();
    this.#settle?.reject(error ?? new Error('the connection was closed'));
    this.#settle = undefined;
  }

  #done(answer: RangeAnswer): void {
    this.#settle?.resolve(answer);
    this.#settle = undefined;
  }

  /** Where the next bytes go: the head of an answer into its own room, the body where it belongs. */
  #room(): Buffer {
    const { into } = this.#request ?? {};
    return this.#inBody && into !== undefined && this.#filled < into.length
      ? into.subarray(this.#filled)
      : this.#head.subarray(this.#headFilled);
  }

  #take(bytes: number): boolean {
    const request = this.#request;
    // Bytes that nobody asked for: whatever is at the other end, it does not speak our language.
    if (request === undefined || this.#settle === undefined) this.end(undefined);
    else if (this.#inBody) this.#grow(bytes, request);
    else this.#takeHead(bytes, request);
    return true;
  }

  #takeHead(bytes: number, request: RangeRequest): void {
    this.#headFilled += bytes;
    const end = this.#head.subarray(0, this.#headFilled).indexOf('\r\n\r\n');
    if (end === -1) {
      if (this.#headFilled === HEAD_BYTES) this.#done('other');
      return;
    }
    if (!isThatRange(this.#head.toString('latin1', 0, end), request)) {
      this.#done('other');
      return;
    }
    this.#inBody = true;
    const begun = this.#head.subarray(end + 4, this.#headFilled);
    if (begun.length > request.into.length) {
      this.#done('other');
      return;
    }
    begun.copy(request.into);
    this.#grow(begun.length, request);
  }

  #grow(bytes: number, request: RangeRequest): void {
    this.#filled += bytes;
    request.onBytes(bytes);
    if (this.#filled < request.into.length) return;
    this.reusable = true;
    this.#inBody = false;
    this.#headFilled = 0;
    this.#done('filled');
  }
}

/** Success, of exactly as many bytes, uncoded, and of the object that was meant. */
function isThatRange(head: string, request: RangeRequest): boolean {
  const [status = '', ...lines] = head.split('\r\n');
  const headers = new Map(lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const { from, into, etag } = request;
  return (
    /^HTTP\/1\.1 206\b/.test(status) &&
    headers.get('content-length') === String(into.length) &&
    headers.get('content-range')?.startsWith(`bytes ${from}-${from + into.length - 1}/`) === true &&
    !headers.has('content-encoding') &&
    !headers.has('transfer-encoding') &&
    headers.get('connection')?.toLowerCase() !== 'close' &&
    (etag === null || headers.get('etag') === etag)
  );
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}
