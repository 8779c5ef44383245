import type { PostgresFiles } from '../../backup/postgres-files.ts';
import type { Finding } from '../../finding/finding.ts';
import { removeTree } from '../../system/tree.ts';
import { ServiceError, type OpenedService, type Walk } from '../service.ts';
import { dropRestored, placeOver, renewCopy, type Kept } from './kept.ts';
import { endOf, notRunning, recoverAndRun, untilRecovered, type Recovered, type Recovery } from './recover.ts';
import { RecoveryLog } from './recovery-log.ts';
import { recoverySettings } from './recovery-settings.ts';
import { serverSettings } from './settings.ts';
import { spawnServer, stopServer, type StartedServer } from './server.ts';

/** What a walk begins with: a recovery that was opened, and its files put aside before its server ran. */
export interface WalkOrder {
  readonly recovery: Recovery;
  readonly kept: Kept;
}

/** Nothing waits for the disk where no time is taken: the recovery time was measured before, and what the copies hold is thrown away. */
const FAST = { fsync: 'off' };

/**
 * Goes over kept files forward: they are replayed to each moment by a server that ends there, and what is asked is a server of its own over a copy
 * of them. So the log is replayed once for all moments, however many they are.
 */
export async function walkOver({ recovery, kept }: WalkOrder, stop: AbortSignal): Promise<Walk> {
  const { request, order } = recovery;
  await dropRestored(order.jail, request.folder, stop);
  const way: Way = { recovery, kept, segments: 0, broken: undefined };
  return {
    copies: kept.kind,
    keptMs: kept.ms,
    at: moment => openAt(way, { ...recovery.files, target: { to: 'time', at: moment }, until: null }),
  };
}

interface Way extends WalkOrder {
  /** Replayed so far. */
  segments: number;
  /** Why no later moment can be reached, once it is known. */
  broken: Finding | undefined;
}

function openAt(way: Way, files: PostgresFiles): OpenedService {
  const { binaries, order } = way.recovery;
  const settings: Record<string, string> = {};
  let server: StartedServer | undefined;
  return {
    ...{ engine: 'postgres', major: binaries.major, settings },
    tools: [{ name: 'postgres', version: binaries.version }],
    start: async stop => {
      if (way.broken === undefined) await advance(way, files, stop);
      if (way.broken !== undefined) return notRunning(order, [way.broken]).running;
      const started = await runCopy(way, files, stop);
      server = started.server;
      Object.assign(settings, started.settings);
      return started.running;
    },
    stop: async () => {
      if (server !== undefined) await stopServer(server);
    },
  };
}

/** Replays the kept files to this moment, and no further. */
async function advance(way: Way, files: PostgresFiles, stop: AbortSignal): Promise<void> {
  const { request, order, control } = way.recovery;
  const log = new RecoveryLog(way.segments);
  const ours = serverSettings(order.jail.limits);
  const settings = {
    ...recoverySettings(files, ours, control === 'unknown' || control === 'damaged' ? undefined : control),
    ...{ ...FAST, recovery_target_action: 'shutdown', unix_socket_directories: '/tmp' },
  };
  const place = placeOver(order.place, request.folder, 'kept');
  const { server, said } = await spawnServer({ ...order, place, settings, hear: log.take });
  try {
    await untilRecovered({ files, request }, { server, log }, stop);
  } finally {
    // A server that lets clients in has come to the end of the log without having met the moment.
    if (server.ended() === undefined) await stopServer(server);
  }
  const ended = await server.process.ended;
  way.segments = log.restored;
  if (log.reachedTarget && ended.exitCode === 0) return;
  request.toolLog('postgres', said());
  if (log.fatal?.cause === 'target-too-early') throw tooEarly();
  way.broken = endOf({ order }, log);
}

/** We chose the moment: nothing is said about the backup, and later ones can still be reached. */
function tooEarly(): ServiceError {
  return new ServiceError('start-failed', 'the moment lies before the end of the base backup', {
    hint: 'Say a shorter distance (`sweep: { points: …, every: … }`), or prove fewer points.',
  });
}

/** A server over a copy, which is let in where the kept files stand. */
async function runCopy({ recovery, kept, segments }: Way, files: PostgresFiles, stop: AbortSignal): Promise<Recovered> {
  const { request, order } = recovery;
  const { jail, place } = order;
  await renewCopy(jail, { folder: request.folder, kind: kept.kind }, stop);
  // What a server leaves there when it is ended at once would be in the way of the next one.
  await removeTree(place.socket);
  await jail.makeFolder('postgres-socket');
  const over = { ...order, place: placeOver(place, request.folder, 'copy'), settings: FAST };
  return recoverAndRun({ ...recovery, files, order: over, segmentsBefore: segments }, stop);
}
