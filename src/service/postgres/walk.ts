import type { PostgresFiles } from '../../backup/postgres-files.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { removeTree } from '../../system/tree.ts';
import { ServiceError, type OpenedService, type Walk } from '../service.ts';
import { placeOver, renewCopy, takeRestored, unalteredIn, type Kept } from './kept.ts';
import { endOf, notRunning, recoverAndRun, untilRecovered, type Recovered, type Recovery } from './recover.ts';
import { RecoveryLog } from './recovery-log.ts';
import { recoverySettings } from './recovery-settings.ts';
import { serverSettings } from './settings.ts';
import { spawnServer, stopServer, type StartedServer } from './server.ts';

/** What a walk begins with: a recovery that was opened, and its files put aside before its server ran. */
export interface WalkOrder {
  readonly recovery: Recovery;
  readonly kept: Kept;
  /** The drill's own server had written everything when it was ended. */
  readonly flushed: boolean;
}

/** Nothing waits for the disk where no time is taken: the recovery time was measured before, and what the copies hold is thrown away. */
const FAST = { fsync: 'off' };

/**
 * Goes over kept files forward: they are replayed to each moment by a server that ends there, and what is asked is a server of its own over a copy
 * of them. So the log is replayed once for all moments, however many they are.
 */
export async function walkOver(order: WalkOrder, stop: AbortSignal): Promise<Walk> {
  const { recovery, kept, flushed } = order;
  const { jail } = recovery.order;
  const { folder } = recovery.request;
  const unaltered = flushed ? await unalteredIn(jail, folder, stop) : undefined;
  await takeRestored(jail, folder, stop);
  const way: Way = { recovery, kept, flushed, segments: 0, broken: undefined, ahead: undefined, unaltered };
  return {
    copies: kept.kind,
    keptMs: kept.ms,
    at: (moment, next) => openAt(way, { moment, next }),
  };
}

interface Way extends WalkOrder {
  /** Replayed so far. */
  segments: number;
  /** Why no later moment can be reached, once it is known. */
  broken: Finding | undefined;
  /** The next moment, while it is made for. */
  ahead: Promise<void> | undefined;
  /** What no record of the log is about; undefined: nobody knows. */
  readonly unaltered: ReadonlySet<string> | undefined;
}

function openAt(way: Way, { moment, next }: { readonly moment: string; readonly next: string | undefined }): OpenedService {
  const { binaries, order } = way.recovery;
  const settings: Record<string, string> = {};
  let server: StartedServer | undefined;
  return {
    ...{ engine: 'postgres', major: binaries.major, settings },
    tools: [{ name: 'postgres', version: binaries.version }],
    start: async stop => {
      const { ahead } = way;
      way.ahead = undefined;
      await (ahead ?? advance(way, moment, stop));
      if (way.broken !== undefined) return notRunning(order, [way.broken]).running;
      const started = await runCopy(way, moment, stop);
      if (next !== undefined) goAhead(way, next, stop);
      server = started.server;
      Object.assign(settings, started.settings);
      return started.running;
    },
    stop: async () => {
      if (server !== undefined) await stopServer(server);
    },
  };
}

/** Nobody waits for it yet: whoever asks for that moment learns how it ended. */
function goAhead(way: Way, next: string, stop: AbortSignal): void {
  way.ahead = advance(way, next, stop);
  way.ahead.catch(() => undefined);
}

function filesAt({ recovery }: Way, moment: string): PostgresFiles {
  return { ...recovery.files, target: { to: 'time', at: moment }, until: null };
}

/** Replays the kept files to this moment, and no further. */
async function advance(way: Way, moment: string, stop: AbortSignal): Promise<void> {
  if (way.broken !== undefined) return;
  const { request, order, control } = way.recovery;
  const files = filesAt(way, moment);
  const log = new RecoveryLog(way.segments);
  const ours = serverSettings(order.jail.limits);
  const settings = {
    ...recoverySettings(files, ours, control === 'unknown' || control === 'damaged' ? undefined : control),
    ...{ ...FAST, recovery_target_action: 'shutdown', unix_socket_directories: '/tmp' },
  };
  const place = placeOver(order.place, request.folder, 'kept');
  const { server, said } = await spawnServer({ ...order, place, settings, hear: log.take });
  try {
    // It may go on while others are shown at their work.
    const quiet = { ...request, progress: () => undefined };
    await untilRecovered({ files, request: quiet }, { server, log }, stop);
  } finally {
    // A server that lets clients in has come to the end of the log without having met the moment.
    if (server.ended() === undefined) await stopServer(server);
  }
  const ended = await server.process.ended;
  way.segments = log.restored;
  if (log.reachedTarget && ended.exitCode === 0) return;
  request.toolLog('postgres', said());
  if (log.fatal?.cause === 'target-too-early') throw tooEarly();
  // Servers before 13 let clients in where the log ends, whatever the target was.
  way.broken = log.ready ? finding('restore.target-not-reached', 'failed', { probe: 'restore' }) : endOf({ order }, log);
}

/** We chose the moment: nothing is said about the backup, and later ones can still be reached. */
function tooEarly(): ServiceError {
  return new ServiceError('start-failed', 'the moment lies before the end of the base backup', {
    hint: 'Say a shorter distance (`sweep: { points: …, every: … }`), or prove fewer points.',
  });
}

/** A server over a copy, which is let in where the kept files stand. */
async function runCopy(way: Way, moment: string, stop: AbortSignal): Promise<Recovered> {
  const { recovery, kept, segments, unaltered } = way;
  const files = filesAt(way, moment);
  const { request, order } = recovery;
  const { jail, place } = order;
  await renewCopy(jail, { folder: request.folder, kind: kept.kind }, stop);
  // What a server leaves there when it is ended at once would be in the way of the next one.
  await removeTree(place.socket);
  await jail.makeFolder('postgres-socket');
  const over = { ...order, place: placeOver(place, request.folder, 'copy'), settings: FAST };
  const started = await recoverAndRun({ ...recovery, files, order: over, segmentsBefore: segments }, stop);
  return unaltered === undefined ? started : { ...started, running: { ...started.running, unaltered } };
}
