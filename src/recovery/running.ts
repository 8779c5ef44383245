import type { Jail } from '../backup/target.ts';
import { componentOf } from '../drill/begin.ts';
import { engineOf } from '../drill/run.ts';
import { finding } from '../finding/finding.ts';
import type { Component } from '../plan/plan.ts';
import { upIf, wouldWrite } from '../service/in-use.ts';
import { ServiceError, speaksNoSql, type HttpAnswer, type HttpRequest, type RunningService, type SqlOptions } from '../service/service.ts';
import { listens } from '../system/listens.ts';
import { runTool } from '../system/process.ts';
import { timeLimit } from '../system/time-limit.ts';
import type { Course } from './course.ts';
import { instanceAt } from './instance.ts';
import { connectTo, MOST_ROWS, serverAt, type ServerAt } from './server.ts';
import type { StepSource } from './steps.ts';

const ASK_MS = 600_000;

/** A recovered component as probes ask it: what is there now, on this machine. Undefined: it cannot be asked there. */
export async function inPlace(course: Course, component: Component, jail: () => Promise<Jail>): Promise<RunningService | undefined> {
  const { order, run, state } = course;
  const { name } = component;
  const place = order.source.target.components[name] ?? {};
  const brought = state.brought[name];
  const server = serverAt(place, brought);
  if (server !== undefined) return serverInPlace(server);
  const one = componentOf(run, name);
  const engine = one === undefined ? '' : engineOf(one);
  if (engine === 'command') return applicationInPlace(order.source, component);
  const instance = instanceAt(place, brought);
  const folder = place.folder ?? place.directory?.folder ?? instance?.folder;
  if (folder === undefined) return undefined;
  const { reading } = order.tools;
  const asked = { jail, machine, folder, layout: brought?.layout ?? {}, reading };
  const through = instance === undefined ? {} : { server: { ...instance.server, database: instance.server.database || null } };
  return order.tools.service.get(engine)?.inPlace?.({ ...asked, ...through });
}

/** Programs of ours on this machine, as we are. */
export const machine: Pick<Jail, 'run'> = {
  run: ({ file, args, env = {}, timeLimitMs = ASK_MS, stdin, stdout, stderr }, stop) => {
    const streams = {
      ...(stdin === undefined ? {} : { stdin }),
      ...(stdout === undefined ? {} : { stdout }),
      ...(stderr === undefined ? {} : { stderr }),
    };
    return runTool({ file, args, env: { PATH: '/usr/bin:/bin', ...env }, timeLimitMs, ...streams }, stop);
  },
};

async function serverInPlace(server: ServerAt): Promise<RunningService> {
  const sql: RunningService['sql'] = (text, options) => readOnly(server, text, options ?? {});
  const version = await sql(`select current_setting('server_version_num')::int as number`).catch(() => []);
  const number = Number(version[0]?.['number'] ?? 0);
  const up = (): Promise<boolean> =>
    sql('select 1').then(
      rows => rows.length === 1,
      () => false,
    );
  return { engine: 'postgres', major: Math.floor(number / 10_000), findings: [], ready: number > 0, sql, stillUp: () => upIf(up()) };
}

/** What its plan or its runbook says is its port; without one there is nothing to ask. */
function applicationInPlace({ scripts }: StepSource, { name, service }: Component): RunningService {
  const port = service?.options['port'] ?? scripts.get(name)?.start?.['port'];
  const asked = { engine: 'command', major: 0, findings: [], ready: true, sql: speaksNoSql('command') };
  if (typeof port !== 'number')
    return {
      ...asked,
      stillUp: () => Promise.resolve(finding('service.no-answer', 'inconclusive', { probe: 'service', required: false })),
    };
  return { ...asked, http: { ask: (question, stop) => askHttp(port, question, stop) }, stillUp: () => upIf(listens(port)) };
}

const READ_ONLY = '25006';

async function readOnly(at: ServerAt, text: string, options: SqlOptions): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (options.write === true) throw wouldWrite(READ_ONLY);
  const timeLimitMs = options.timeLimitMs ?? ASK_MS;
  const stop = options.stop === undefined ? {} : { stop: options.stop };
  try {
    const connection = await connectTo(at, options.settings);
    try {
      await connection.ask({ text: 'begin read only', rows: 1, timeLimitMs });
      return await connection.ask({ text, values: options.values ?? [], rows: options.rows ?? MOST_ROWS, timeLimitMs, ...stop });
    } finally {
      await connection.close();
    }
  } catch (cause) {
    const sqlState =
      typeof cause === 'object' && cause !== null && 'sqlState' in cause && typeof cause.sqlState === 'string' ? cause.sqlState : null;
    throw new ServiceError('query-failed', 'the recovered server refused a question', { hint: 'Ask it by hand.', sqlState, cause });
  }
}

async function askHttp(port: number, asked: HttpRequest, stop: AbortSignal): Promise<HttpAnswer> {
  const startedMs = performance.now();
  const limit = timeLimit(asked.timeLimitMs ?? ASK_MS);
  const none = { status: null, body: Buffer.alloc(0), cut: false };
  try {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${asked.path}`, {
      method: asked.method ?? 'GET',
      redirect: 'manual',
      signal: AbortSignal.any([stop, limit]),
      ...(asked.body === undefined ? {} : { body: asked.body, headers: { 'content-type': asked.type ?? 'text/plain' } }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, body, cut: false, timedOut: false, latencyMs: Math.round(performance.now() - startedMs) };
  } catch {
    // Whatever it was, there is no answer: that is what is told.
    return { ...none, timedOut: limit.aborted, latencyMs: Math.round(performance.now() - startedMs) };
  }
}
