import { directoryMounts, layoutOfDirectory, LDAPI, SLAPD, CONFIG_AT } from '../../backup/restored-directory.ts';
import type { Jail, JailProcess } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { exists } from '../../system/files.ts';
import type { ToolResult } from '../../system/process.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { died } from '../died.ts';
import { BROKEN, notInstalled, notStarted } from '../not-started.ts';
import type { InPlaceRequest } from '../in-place.ts';
import { upIf } from '../in-use.ts';
import {
  ServiceError,
  speaksNoSql,
  type DirectoryQuery,
  type OpenedService,
  type OpenRequest,
  type RunningService,
  type Service,
} from '../service.ts';
import { ADDRESS, addressOf, restoredDirectory, SOCKET_AT, type DirectoryPlace } from './ask.ts';
import { settleFor } from './settle.ts';

const PROBE = 'service';
const START_MS = 120_000;
const EVERY_MS = 20;
const RUN_MS = 2_147_483_647;
const STOP_MS = 5_000;
/** Here its data are wanted: it writes them to the end. */
const LAST_PAGE_MS = 600_000;
const INSTALL = 'Install it: apt-get install slapd';

/** A slapd over restored data, in the jail, on a Unix socket and nothing else. */
export function directoryService(): Service {
  return { engine: 'directory', options: {}, open, inPlace };
}

async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const { jail } = request;
  const layout = layoutOfDirectory(request.restored.layout);
  if (layout === undefined) {
    throw new ServiceError('start-failed', 'what was restored is no directory', {
      hint: 'Leave `service:` out of the component, or restore it with the backup tool ldif.',
    });
  }
  const found = await findProgram(SLAPD, stop);
  if (lacks(found)) throw notInstalled(sayLack(SLAPD, found), stop);
  const major = Number.parseInt(found.version, 10);
  const place = { jail, socket: await jail.makeFolder('directory-socket'), suffix: layout.suffix, major };
  let server: StartedServer | undefined;
  return {
    ...{ engine: 'directory', major, settings: {} },
    tools: [{ name: 'slapd', version: found.version }],
    start: async signal => {
      server = await startServer(request, place, signal);
      try {
        return await running(place, server, signal);
      } catch (error) {
        await server.process.stop('SIGKILL', STOP_MS);
        throw error;
      }
    },
    stop: async () => {
      if (server?.ended() === undefined) await server?.process.stop('SIGTERM', STOP_MS);
    },
    handOver: async (to, signal) => {
      if (server?.ended() === undefined) await server?.process.stop('SIGTERM', LAST_PAGE_MS);
      await settleFor({ jail, folder: request.folder, to }, signal);
      return { settings: {} };
    },
  };
}

/** One that runs on this machine, as whoever administers it through its socket. */
async function inPlace({ machine, folder, layout }: InPlaceRequest): Promise<RunningService> {
  const suffix = layoutOfDirectory(layout)?.suffix ?? '';
  const place = { jail: machine, socket: folder, suffix, address: addressOf(folder) };
  const answers = async (): Promise<boolean> =>
    (await restoredDirectory(place).search(baseOf(place), () => undefined, new AbortController().signal)).code !== null;
  const ready = await answers();
  const asked = { sql: speaksNoSql('directory'), directory: restoredDirectory(place) };
  return { ...{ engine: 'directory', major: 0, ready, findings: [] }, ...asked, stillUp: () => upIf(answers()) };
}

function baseOf({ suffix }: DirectoryPlace): DirectoryQuery {
  return { base: suffix, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], timeLimitMs: 60_000 };
}

interface JailedPlace extends DirectoryPlace {
  readonly jail: Jail;
  readonly major: number;
}

interface StartedServer {
  readonly process: JailProcess;
  ended(): ToolResult | undefined;
}

async function startServer(request: OpenRequest, place: JailedPlace, stop: AbortSignal): Promise<StartedServer> {
  const { jail, folder } = request;
  let said = '';
  const process = await jail.spawn({
    // In the foreground; what it says then are errors of its start.
    ...{ file: SLAPD.file, args: ['-d', '0', '-F', CONFIG_AT, '-h', ADDRESS], env: { LC_ALL: 'C', TZ: 'UTC' }, timeLimitMs: RUN_MS },
    mounts: [...directoryMounts(folder), { from: place.socket, at: SOCKET_AT, write: true }],
    stderr: chunk => {
      said = (said + chunk.toString('latin1')).slice(-4_000);
    },
  });
  let result: ToolResult | undefined;
  process.ended.then(
    ended => (result = ended),
    () => (result = BROKEN),
  );
  const until = performance.now() + START_MS;
  while (result === undefined && performance.now() < until && !stop.aborted) {
    if (await exists(`${place.socket}/${LDAPI}`)) return { process, ended: () => result };
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
  }
  await process.stop('SIGKILL', 1_000);
  request.toolLog('slapd', said);
  throw notStarted('slapd', { jail, result: { ...(result ?? BROKEN), stderr: said, stopped: stop.aborted }, install: INSTALL });
}

/** Ready means that a question was answered, whatever the answer. */
async function running(place: JailedPlace, server: StartedServer, stop: AbortSignal): Promise<RunningService> {
  const startedMs = performance.now();
  let up = await stillUp(place, server, stop);
  // Its socket is there a moment before anybody listens.
  while (up.outcome !== 'passed' && server.ended() === undefined && performance.now() - startedMs < START_MS && !stop.aborted) {
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
    up = await stillUp(place, server, stop);
  }
  const ready = up.outcome === 'passed';
  const latencyMs = Math.round(performance.now() - startedMs);
  return {
    ...{ engine: 'directory', major: place.major, ready },
    findings: [ready ? finding('service.ready', 'passed', { probe: PROBE, latencyMs }) : up],
    sql: speaksNoSql('directory'),
    directory: restoredDirectory(place),
    stillUp: () => stillUp(place, server, new AbortController().signal),
  };
}

async function stillUp(place: JailedPlace, server: StartedServer, stop: AbortSignal): Promise<Finding> {
  const { code } = await restoredDirectory(place).search(baseOf(place), () => undefined, stop);
  if (server.ended() !== undefined) return died(place.jail.limitHit());
  return code === null ? finding('service.no-answer', 'inconclusive', { probe: PROBE }) : finding('service.up', 'passed', { probe: PROBE });
}
