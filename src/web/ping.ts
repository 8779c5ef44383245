import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CheckPlace } from '../store/state/backup-checks.ts';
import { isPingKey, pingKeyHash, placeOfPingKey } from '../store/state/ping-keys.ts';
import type { State } from '../store/state/state.ts';
import { keepPing, type PingSignal } from './ping-record.ts';
import { takeBody, type PingBody } from './ping-body.ts';
import { Pace } from './pace.ts';

export interface PingTools {
  readonly state: State;
  /** The wall clock, ISO. */
  now(): string;
  /** Keeps the body of a ping, encrypted (`saveToolLog`); without it only its size is kept. */
  keepBody?(place: CheckPlace, run: string, bytes: Uint8Array): Promise<unknown>;
}

/** Pings of one key within a minute; a job that reports more has gone round in circles. */
const PINGS_A_MINUTE = 60;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface PingRequest {
  readonly Params: { readonly key: string; readonly signal?: string };
  readonly Querystring: { readonly rid?: unknown };
}

/**
 * The dead-man's switch: what a backup job calls when it begins, ends and fails, in the dialect of healthchecks. The key is in the path,
 * so these routes log nothing; it is looked up by its hash and checked before anything of the body is read.
 */
export function registerPing(server: FastifyInstance, tools: PingTools): void {
  const pace = new Pace(PINGS_A_MINUTE);
  // A scope of its own: here, and only here, every content type is taken as bytes.
  void server.register(async scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_, payload, done) => {
      takeBody(payload).then(
        body => done(null, body),
        () => done(null, undefined),
      );
    });
    scope.setErrorHandler((_, __, reply) => void reply.code(503).type('text/plain').send('try again'));
    for (const url of ['/ping/:key', '/ping/:key/:signal']) {
      scope.route<PingRequest>({
        method: ['GET', 'HEAD', 'POST'],
        url,
        logLevel: 'silent',
        exposeHeadRoute: false,
        onRequest: (request, reply) => admit({ request, reply, pace }, tools),
        handler: (request, reply) => answer(request, reply, tools),
      });
    }
    await Promise.resolve();
  });
}

/** What `admit` found, by request: the decorations of a server are shared with others. */
const admitted = new WeakMap<
  FastifyRequest<PingRequest>,
  { readonly place: CheckPlace; readonly signal: PingSignal; readonly rid: string | null }
>();

interface Arriving {
  readonly request: FastifyRequest<PingRequest>;
  readonly reply: FastifyReply;
  readonly pace: Pace;
}

async function admit({ request, reply, pace }: Arriving, tools: PingTools): Promise<unknown> {
  const { key } = request.params;
  const place = isPingKey(key) ? await tools.state.all(tx => placeOfPingKey(tx, key)) : undefined;
  if (place === undefined) return refuse(reply, 404, 'not found');
  if (!pace.admits(pingKeyHash(key), Date.parse(tools.now()))) return refuse(reply, 429, 'rate limited');
  const signal = signalOf(request.params.signal);
  if (signal === undefined) return refuse(reply, 400, 'invalid url format');
  const { rid } = request.query;
  if (rid !== undefined && (typeof rid !== 'string' || !UUID.test(rid))) return refuse(reply, 400, 'invalid uuid format');
  admitted.set(request, { place, signal, rid: rid === undefined ? null : rid.toLowerCase() });
  return undefined;
}

function refuse(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain').send(text);
}

/** `start`, `fail`, `log`, an exit code from 0 to 255, or nothing, which is success. */
function signalOf(text: string | undefined): PingSignal | undefined {
  if (text === undefined || text === '') return { kind: 'end', exitCode: null, ok: true };
  if (text === 'start' || text === 'log') return { kind: text };
  if (text === 'fail') return { kind: 'end', exitCode: null, ok: false };
  const exitCode = /^\d{1,3}$/.test(text) ? Number(text) : Infinity;
  return exitCode <= 255 ? { kind: 'end', exitCode, ok: exitCode === 0 } : undefined;
}

async function answer(request: FastifyRequest<PingRequest>, reply: FastifyReply, tools: PingTools): Promise<unknown> {
  const ping = admitted.get(request);
  if (ping === undefined) return refuse(reply, 404, 'not found');
  const body = request.body as PingBody | undefined;
  const run = await tools.state.of(ping.place.client, tx =>
    keepPing(tx, { ...ping, at: tools.now(), bytes: body?.bytes ?? null, newRun: randomUUID() }),
  );
  if (body !== undefined && body.kept.length > 0) {
    // The ping counts even if its text cannot be kept.
    await tools.keepBody?.(ping.place, run, body.kept).catch(() => undefined);
  }
  return reply.code(200).type('text/plain').send('OK');
}
