import { Agent, request, type IncomingMessage } from 'node:http';
import { PassThrough, type Duplex, type Readable } from 'node:stream';
import { connectHeld } from './held-connection.ts';
import { timeLimit } from './time-limit.ts';

/** One request over a Unix socket. What answers is not trusted: neither its length nor its time is. */
export interface SocketRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly timeLimitMs: number;
  /** So much of the body is kept. */
  readonly keepBytes: number;
}

export interface SocketAnswer {
  /** `null`: none came to its end. */
  readonly status: number | null;
  readonly body: Buffer;
  /** There was more of it. */
  readonly cut: boolean;
  readonly timedOut: boolean;
  readonly latencyMs: number;
}

class HeldSockets extends Agent {
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    super({ keepAlive: true, maxSockets: 4 });
    this.#folder = folder;
    this.#name = name;
  }

  override createConnection(_: unknown, made?: (error: Error | null, stream: Duplex) => void): undefined {
    connectHeld(this.#folder, this.#name).then(
      socket => made?.(null, socket),
      // With an error nobody looks at the stream.
      (error: unknown) => made?.(error as Error, new PassThrough()),
    );
  }
}

/** Talks HTTP to one Unix socket over a few connections that stay open. */
export class SocketHttp {
  readonly #agent: HeldSockets;

  /** `folder`: on the host. */
  constructor(folder: string, name: string) {
    this.#agent = new HeldSockets(folder, name);
  }

  /** Never rejects for what the other side does. */
  async ask(asked: SocketRequest, stop: AbortSignal): Promise<SocketAnswer> {
    const startedMs = performance.now();
    const limit = timeLimit(asked.timeLimitMs);
    const kept: Buffer[] = [];
    let [length, status]: [number, number | null] = [0, null];
    try {
      const answer = await this.#send(asked, AbortSignal.any([stop, limit]));
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        if (length < asked.keepBytes) kept.push(chunk);
        length += chunk.length;
        if (length > asked.keepBytes) break;
      }
      status = answer.statusCode ?? null;
    } catch {
      // Whatever broke: there is no whole answer.
      status = null;
    }
    const latencyMs = Math.round(performance.now() - startedMs);
    const body = Buffer.concat(kept).subarray(0, asked.keepBytes);
    return { status, body, cut: length > asked.keepBytes, timedOut: limit.aborted, latencyMs };
  }

  /** The body of a GET as it comes; undefined if it was not answered with 200. */
  async open(path: string, stop: AbortSignal): Promise<Readable | undefined> {
    const answer = await this.#send({ method: 'GET', path }, stop).catch(() => undefined);
    if (answer?.statusCode === 200) return answer;
    answer?.destroy();
    return undefined;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ method, path }: Pick<SocketRequest, 'method' | 'path'>, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { host: 'localhost', 'content-length': '0' };
      const sent = request({ agent: this.#agent, method, path, headers, signal }, resolve);
      sent.on('error', reject);
      sent.end();
    });
  }
}
