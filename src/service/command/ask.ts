import type { Jail } from '../../backup/target.ts';
import { Readable } from 'node:stream';
import { secretsText } from '../../system/handed-secrets.ts';
import { takesConnection } from '../../system/held-connection.ts';
import type { SocketHttp } from '../../system/socket-http.ts';
import type { JailCommand } from '../../backup/target.ts';
import { notStarted } from '../not-started.ts';
import { withPorts, type Port } from '../ports.ts';
import { launched } from './launch.ts';
import { FILES_AT, type Place } from './place.ts';
import type { Program, Ready } from './options.ts';

/** How long a connection must stay to count: one that the relay cannot lead on is closed at once. */
const STAYS_MS = 300;
const ASK_MS = 30_000;
const MISSING = 127;

/** An application as it is started and asked: everything of the plan is filled in. */
export interface Application {
  readonly jail: Jail;
  readonly place: Place;
  readonly start: Program;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly port: number | undefined;
  /** Name of the socket at which it, or the relay to its port, is reached. */
  readonly reachedAt: string | undefined;
  readonly http: SocketHttp | undefined;
  readonly ready: Ready;
}

/** One of its programs in the jail, with the ports of the servers that it needs on its own 127.0.0.1. */
export function programOf(app: Application, program: Program, mode: 'serve' | 'reach'): JailCommand {
  const { place, port, secrets } = app;
  const hasSecrets = Object.keys(secrets).length > 0;
  const folder = place.known.own.files === undefined ? '/' : FILES_AT;
  let command = launched({ program, folder, secrets: hasSecrets });
  if (port !== undefined) command = withPorts(mode, [port], command);
  const reached: readonly Port[] = place.reached;
  if (reached.length > 0) command = withPorts('reach', reached, command);
  return {
    ...command,
    env: { TZ: 'UTC', ...app.environment },
    mounts: place.mounts,
    ownPorts: true,
    ...(hasSecrets ? { stdin: Readable.from([Buffer.from(secretsText(secrets))]) } : {}),
  };
}

export interface Said {
  readonly ready: boolean;
  /** Status of an answer, or exit code of a command, that was not the wanted one. */
  readonly observed: number | null;
  readonly latencyMs: number;
}

/** Asks once whether it is ready. Throws ServiceError when the plan's command cannot be run. */
export async function askReady(app: Application, leftMs: number, stop: AbortSignal): Promise<Said> {
  const startedMs = performance.now();
  const timeLimitMs = Math.max(1, Math.min(ASK_MS, leftMs));
  const said = (ready: boolean, observed: number | null): Said => ({ ready, observed, latencyMs: performance.now() - startedMs });
  const { ready, http, place, reachedAt = '' } = app;
  if ('get' in ready) {
    if (http === undefined) return said(false, null);
    const { status } = await http.ask({ method: 'GET', path: ready.get, timeLimitMs, keepBytes: 1 << 16 }, stop);
    return said(status === ready.status, status === ready.status ? null : status);
  }
  if ('tcp' in ready) return said(await takesConnection(place.ports, reachedAt, STAYS_MS), null);
  const result = await app.jail.run({ ...programOf(app, ready.command, 'reach'), timeLimitMs }, stop);
  if (result.exitCode === MISSING && app.jail.limitHit() === undefined)
    throw notStarted('the command of `ready:`', { jail: app.jail, result, install: 'Install the package that has it.' });
  return said(result.exitCode === 0, result.exitCode ?? null);
}
