import fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { SiteDepth } from '../store/queue/queue.ts';
import type { PlanRow } from '../store/state/plans.ts';
import type { State } from '../store/state/state.ts';
import { operationMetrics } from './metrics.ts';
import { readiness } from './readiness.ts';

/** What the server shows, and what else is served by it. */
export interface Operation {
  readonly state: State;
  readonly now: () => string;
  readonly version: string;
  /** The plans as they were loaded last; `undefined`: not loaded yet. */
  readonly plans: () => readonly PlanRow[] | undefined;
  /** What waits in the queue of several machines; not there: this machine is the only one. */
  readonly depth?: (() => Promise<readonly SiteDepth[]>) | undefined;
  readonly log?: FastifyBaseLogger;
  /** More routes: the dead-man's switch, pages. Called before the first request. */
  readonly register?: readonly ((server: FastifyInstance) => void | Promise<void>)[];
}

/** Where nothing is said it listens for this machine alone: a proxy in front of it has the certificate. */
export const LOOPBACK = '127.0.0.1';
export const DEFAULT_PORT = 8470;

/** Bodies of pings are the largest that are taken: 100 kB. */
const BODY_BYTES = 128 * 1024;
const REQUEST_MS = 30_000;
const IDLE_MS = 10_000;

/** `/healthz`, `/readyz`, `/metrics`, and what is registered. Nothing listens before `listenOperation`. */
export async function operationServer(operation: Operation): Promise<FastifyInstance> {
  const { log, register = [] } = operation;
  const server: FastifyInstance = fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log, disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    connectionTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    // Ending the server must not wait for browsers that keep a connection open.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: IDLE_MS, maxHeaderSize: 16 * 1024 },
  });
  server.addHook('onSend', (_, reply, payload) => {
    secured(reply);
    return Promise.resolve(payload);
  });
  server.setErrorHandler((error: FastifyError, _, reply) => sayError(error, reply));
  server.setNotFoundHandler((_, reply) => void reply.code(404).send({ error: 'not-found', message: 'There is nothing here.' }));
  addRoutes(server, operation);
  for (const add of register) await add(server);
  return server;
}

function addRoutes(server: FastifyInstance, operation: Operation): void {
  const { state, now, version, plans, depth } = operation;
  const metrics = operationMetrics(version);
  server.get('/healthz', (_, reply) => reply.send({ alive: true, version }));
  server.get('/readyz', async (_, reply) => {
    const found = await readiness({ state, now: now(), plans: plans() });
    return reply.code(found.ready ? 200 : 503).send(found);
  });
  server.get('/metrics', async (_, reply) => {
    const text = await metrics.text({ state, now: now(), plans: plans() ?? [], depth });
    return reply.header('content-type', metrics.contentType).send(text);
  });
}

/** What a page may need otherwise, it says itself. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

function secured(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) void reply.header(name, value);
}

/** What the other side did wrong is said; what we did is a code, never a message or a stack. */
function sayError(error: FastifyError, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    void reply.code(status).send({ error: 'bad-request', message: BAD[status] ?? 'The request could not be understood.' });
    return;
  }
  const isState = error.name === 'StoreError';
  reply.log.error({ err: error }, 'a request could not be answered');
  void reply.code(isState ? 503 : 500).send({ error: isState ? 'state-unreachable' : 'internal', message: 'Try again in a moment.' });
}

const BAD: Readonly<Record<number, string>> = {
  408: 'The request took too long.',
  413: 'The body is larger than is taken here.',
  415: 'This kind of content is not taken here.',
};

/** The port that `RESURGAM_PORT` names. Undefined if it names none. */
export function operationPort(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = env['RESURGAM_PORT'];
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** Listens, and gives the address. Rejects if the port is taken (`EADDRINUSE`). */
export function listenOperation(server: FastifyInstance, at: { readonly port: number; readonly host?: string }): Promise<string> {
  return server.listen({ port: at.port, host: at.host ?? LOOPBACK });
}
