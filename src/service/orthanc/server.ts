import { join } from 'node:path';
import type { JailProcess, Mount } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import { SocketHttp } from '../../system/socket-http.ts';
import { died } from '../died.ts';
import { BROKEN, notStarted } from '../not-started.ts';
import { PORTS_AT, withPorts } from '../ports.ts';
import type { HttpAnswer, HttpRequest, OpenRequest } from '../service.ts';
import { CONFIG_AT, DATABASE_AT, DICOM_PORT, HTTP_PORT, INDEX_AT, STORAGE_AT } from './settings.ts';

const PROBE = 'service';
const START_MS = 600_000;
const EVERY_MS = 50;
const RUN_MS = 2_147_483_647;
const ASK_MS = 60_000;
const KEPT_BYTES = 16 << 20;
export const PROGRAM = { file: '/usr/sbin/Orthanc', package: 'orthanc', least: '1.5' } as const;

export interface OrthancOrder {
  readonly request: OpenRequest;
  /** Host folders. */
  readonly config: string;
  readonly ports: string;
  readonly storage: string;
  readonly index: string;
  /** Of the server with the index, if there is one. */
  readonly database: string | undefined;
}

/** An Orthanc that answered once. */
export interface StartedOrthanc {
  readonly process: JailProcess;
  readonly http: SocketHttp;
  readonly ports: string;
  ended(): ToolResult | undefined;
  ask(asked: HttpRequest, stop: AbortSignal): Promise<HttpAnswer>;
  /** `service.up`, or why not. */
  up(): Promise<Finding>;
}

/** Starts it and waits for an answer. An index that it cannot read is bad news of the backup: findings. Throws ServiceError. */
export async function startOrthanc(order: OrthancOrder, stop: AbortSignal): Promise<StartedOrthanc | readonly Finding[]> {
  const { request, ports } = order;
  let said = '';
  const process = await request.jail.spawn({
    ...withPorts('serve', [HTTP_PORT, DICOM_PORT], { file: PROGRAM.file, args: [`${CONFIG_AT}/orthanc.json`] }),
    ...{ env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' }, mounts: mountsOf(order), timeLimitMs: RUN_MS, ownPorts: true },
    stderr: chunk => {
      said = (said + chunk.toString('latin1')).slice(-16_000);
    },
  });
  let result: ToolResult | undefined;
  process.ended.then(
    ended => (result = ended),
    () => (result = BROKEN),
  );
  const http = new SocketHttp(ports, String(HTTP_PORT));
  const ask = (asked: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> =>
    http.ask({ method: 'GET', timeLimitMs: ASK_MS, keepBytes: KEPT_BYTES, ...asked }, signal);
  const until = performance.now() + START_MS;
  while (result === undefined && performance.now() < until && !stop.aborted) {
    if ((await ask({ path: '/system', timeLimitMs: 5_000 }, stop)).status === 200)
      return { process, http, ports, ended: () => result, ask, up: () => stillUp(request, () => result, ask) };
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
  }
  http.close();
  await process.stop('SIGKILL', 1_000);
  request.toolLog('orthanc', said);
  if (!stop.aborted && request.jail.limitHit() === undefined && /database disk image is malformed|file is not a database/.test(said))
    return [finding('service.index-damaged', 'failed', { probe: PROBE })];
  const ended = { ...(result ?? BROKEN), stderr: said, stopped: stop.aborted };
  throw notStarted('Orthanc', { jail: request.jail, result: ended, install: 'Install it: apt-get install orthanc' });
}

/** One folder may hold both; mounted in two places it is still one. */
function mountsOf({ config, ports, storage, index, database }: OrthancOrder): readonly Mount[] {
  return [
    { from: config, at: CONFIG_AT },
    { from: join(config, 'localtime'), at: '/etc/localtime' },
    { from: ports, at: PORTS_AT, write: true },
    { from: storage, at: STORAGE_AT, write: true },
    { from: index, at: INDEX_AT, write: true },
    ...(database === undefined ? [] : [{ from: database, at: DATABASE_AT }]),
  ];
}

async function stillUp({ jail }: OpenRequest, ended: () => ToolResult | undefined, ask: StartedOrthanc['ask']): Promise<Finding> {
  const { status, latencyMs } = await ask({ path: '/statistics' }, new AbortController().signal);
  if (ended() !== undefined) return died(jail.limitHit());
  return status === 200
    ? finding('service.up', 'passed', { probe: PROBE, latencyMs })
    : finding('service.no-answer', 'inconclusive', { probe: PROBE });
}
