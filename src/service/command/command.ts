import { finding, type Finding } from '../../finding/finding.ts';
import { lines } from '../../system/lines.ts';
import { readIn } from '../read-in.ts';
import {
  ServiceError,
  speaksNoSql,
  type HttpAnswer,
  type HttpRequest,
  type OpenedService,
  type OpenRequest,
  type RunningService,
  type Service,
} from '../service.ts';
import { openSocket, sharedTree } from '../share.ts';
import { applicationOf, refuseProgram } from './application.ts';
import { askReady, type Application } from './ask.ts';
import { options, readOptions, remarks } from './options.ts';
import { awaitReady, ofEnd, startApplication, type Started } from './start.ts';

const PROBE = 'service';
const STOP_MS = 2_000;
const ASK_MS = 60_000;
const KEPT_BYTES = 16 << 20;

/** Any application: a program of the machine or of restored files, over restored files and the servers of other components. */
export function commandService(): Service {
  return { engine: 'command', options, withoutBackup: true, remarks, open: request => Promise.resolve(opened(request)) };
}

function opened(request: OpenRequest): OpenedService {
  if (request.section === null)
    throw new ServiceError('start-failed', 'nothing says what to start', { hint: 'Add `service: { engine: command, start: [program] }`.' });
  const asked = readOptions(request.section);
  let app: Application | undefined;
  let started: Started | undefined;
  return {
    ...{ engine: 'command', major: 0, tools: [], settings: {} },
    start: async stop => {
      app = await applicationOf(request, asked, stop);
      const bad = await refuseProgram(app, asked, stop);
      if (bad !== undefined) return running({ request, app }, bad);
      started = await startApplication(app);
      try {
        return running({ request, app, started }, await awaitReady(app, started, stop));
      } catch (error) {
        await started.process.stop('SIGKILL', STOP_MS);
        request.toolLog('application', started.said());
        throw error;
      }
    },
    stop: async () => {
      app?.http?.close();
      if (started?.ended() === undefined) await started?.process.stop('SIGKILL', STOP_MS);
    },
  };
}

interface Running {
  readonly request: OpenRequest;
  readonly app: Application;
  /** Absent: it was not even started. */
  readonly started?: Started;
}

function running(at: Running, answer: Finding): RunningService {
  const { request, app, started } = at;
  const ready = answer.outcome === 'passed';
  if (!ready && started !== undefined) request.toolLog('application', started.said());
  const { http, reachedAt } = app;
  const ask = (asked: HttpRequest, stop: AbortSignal): Promise<HttpAnswer> =>
    http === undefined
      ? Promise.resolve({ status: null, body: Buffer.alloc(0), cut: false, timedOut: false, latencyMs: 0 })
      : http.ask({ method: 'GET', timeLimitMs: ASK_MS, keepBytes: KEPT_BYTES, ...asked }, stop);
  return {
    ...{ engine: 'command', major: 0, ready, findings: [answer], sql: speaksNoSql('command') },
    http: { ask },
    ...(request.withoutBackup === true ? {} : { files: readIn(request, lines) }),
    ...(reachedAt === undefined ? { tree: sharedTree(request) } : { share: stop => share(app, reachedAt, stop) }),
    stillUp: () => stillUp(at),
  };
}

async function share(
  { jail, place, port }: Application,
  name: string,
  stop: AbortSignal,
): ReturnType<NonNullable<RunningService['share']>> {
  await openSocket({ jail, folder: place.ports, name }, stop);
  return { folder: place.ports, name, saidAs: 'socket', port: port ?? null, user: '', database: '' };
}

/** Asked at the very end too: one that ended in between did not stand its test. */
async function stillUp({ request, app, started }: Running): Promise<Finding> {
  const { ready } = started?.ended() === undefined ? await askReady(app, ASK_MS, new AbortController().signal) : { ready: false };
  const result = started?.ended();
  if (ready && result === undefined) return finding('service.up', 'passed', { probe: PROBE });
  request.toolLog('application', started?.said() ?? '');
  return result === undefined ? finding('service.no-answer', 'inconclusive', { probe: PROBE }) : ofEnd(app, result);
}
