import type { PostgresFiles } from '../../backup/postgres-files.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';
import { ServiceError, speaksNoSql, type OpenRequest, type RunningService } from '../service.ts';
import { chooseDatabase } from './choose-database.ts';
import type { ControlFile } from './control.ts';
import { findingOfEnd } from './recovery-end.ts';
import { RecoveryLog } from './recovery-log.ts';
import { recoverySettings } from './recovery-settings.ts';
import { replayed, type Replayed } from './replayed.ts';
import type { Found } from './restored-place.ts';
import { noticed } from './noticed.ts';
import { died } from '../died.ts';
import { runService } from './running.ts';
import { serverSettings } from './settings.ts';
import { spawnServer, stopServer, type ServerOrder, type StartedServer } from './server.ts';

export interface Recovery {
  readonly request: OpenRequest;
  readonly files: PostgresFiles;
  readonly order: ServerOrder;
  readonly found: Found;
  readonly control: ControlFile | 'damaged' | 'unknown';
  readonly binaries: PostgresBinaries;
  /** Segments that were replayed before, over the same files. */
  readonly segmentsBefore?: number;
}

export interface Recovered {
  readonly server: StartedServer | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly running: RunningService;
}

const LOOK_MS = 500;

/** Starts the server, lets it replay the log to its end, and asks it what it did. A cluster that does not come up is an answer. */
export async function recoverAndRun(recovery: Recovery, stop: AbortSignal): Promise<Recovered> {
  const { order, files, found, control, binaries } = recovery;
  const before = await noticed(found, binaries);
  if (control === 'damaged') return notRunning(order, [...before, finding('restore.corrupt', 'failed', { probe: 'restore' })]);
  const log = new RecoveryLog(recovery.segmentsBefore);
  const ours = serverSettings(order.jail.limits);
  const settings = recoverySettings(files, ours, control === 'unknown' ? undefined : control);
  const startedMs = performance.now();
  const started = await spawnServer({ ...order, settings: { ...settings, ...order.settings }, hear: log.take });
  const { server } = started;
  try {
    await untilRecovered(recovery, { server, log }, stop);
    const replayMs = Math.round(performance.now() - startedMs);
    if (!log.ready) {
      await server.process.ended;
      recovery.request.toolLog('postgres', started.said());
      return notRunning(order, [...before, endOf(recovery, log)]);
    }
    const replay = await replayed({ server, log, files, replayMs }, stop);
    return await run(recovery, { server, replay, before }, stop);
  } catch (error) {
    await stopServer(server);
    throw error;
  }
}

/** Until the server lets clients in, or ended. Nothing but the limits of the drill bounds it: a long log takes its time. */
export async function untilRecovered(
  { files, request }: Pick<Recovery, 'files' | 'request'>,
  { server, log }: { readonly server: Pick<StartedServer, 'ended' | 'process'>; readonly log: RecoveryLog },
  stop: AbortSignal,
): Promise<void> {
  while (server.ended() === undefined && !log.ready) {
    if (stop.aborted) throw new ServiceError('stopped', 'replaying the log was stopped', { hint: 'Run the drill again.' });
    const done = Math.min(log.restored, files.segments);
    request.progress({ phase: 'start', doneBytes: done, totalBytes: files.segments, note: 'segments of the log replayed' });
    await Promise.race([log.next(LOOK_MS), server.process.ended.catch(() => undefined)]);
  }
}

/** A limit of ours that bit says nothing about the backup. */
export function endOf({ order }: Pick<Recovery, 'order'>, log: RecoveryLog): Finding {
  const hit = order.jail.limitHit();
  return hit === undefined ? findingOfEnd(log) : died(hit);
}

async function run(
  { request, order }: Recovery,
  at: { readonly server: StartedServer; readonly replay: Replayed; readonly before: readonly Finding[] },
  stop: AbortSignal,
): Promise<Recovered> {
  const { server, replay, before } = at;
  const wanted = request.section?.options['database'] as string | undefined;
  const chosen = await chooseDatabase(server, wanted, order.major);
  const running = await runService(
    {
      ...{
        server,
        jail: order.jail,
        major: order.major,
        database: chosen.database,
        startedAt: replay.startedAt,
        socket: order.place.socket,
      },
      analyze: request.section?.options['analyze'] === true,
      findings: [...before, ...replay.findings, ...chosen.findings],
    },
    stop,
  );
  return { server, settings: replay.settings, running };
}

export function notRunning({ major }: Pick<ServerOrder, 'major'>, findings: readonly Finding[]): Recovered {
  const running: RunningService = {
    ...{ engine: 'postgres', major, findings, ready: false },
    sql: speaksNoSql('a cluster that did not start'),
    stillUp: () => Promise.resolve(finding('service.died', 'inconclusive', { probe: 'service' })),
  };
  return { server: undefined, settings: {}, running };
}
