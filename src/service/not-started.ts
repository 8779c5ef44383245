import type { Jail } from '../backup/target.ts';
import type { ToolResult } from '../system/process.ts';
import { ServiceError } from './service.ts';

/** How a program of a server ended. */
export interface NotStarted {
  readonly jail: Jail;
  readonly result: ToolResult;
  /** What to do when it or one of its libraries is not there. */
  readonly install: string;
}

/** The jail itself failed; the sandbox says why. */
export const BROKEN: ToolResult = {
  exitCode: undefined,
  signal: undefined,
  timedOut: false,
  stopped: false,
  durationMs: 0,
  stdout: '',
  stderr: '',
  droppedBytes: 0,
};

/** A program that was not found on this machine; nobody knows when the look for it was stopped. */
export function notInstalled({ message, hint }: { readonly message: string; readonly hint: string }, stop: AbortSignal): ServiceError {
  if (stop.aborted) return new ServiceError('stopped', 'the look for the program was stopped', { hint: 'Run the drill again.' });
  return new ServiceError('version-unavailable', message, { hint });
}

/** What the programs say of an empty cluster is a cause for whoever debugs; the code and the limit say what can be done. */
export function notStarted(program: string, end: NotStarted): ServiceError {
  const { jail, result, install } = end;
  const cause = new Error(result.stderr);
  const hit = jail.limitHit();
  if (result.stopped) return new ServiceError('stopped', `${program} was stopped`, { hint: 'Run the drill again.' });
  if (hit === 'disk') return new ServiceError('disk-full', `${program} reached the disk limit`, { hint: 'Raise `limits: { disk: … }`.' });
  if (hit === 'memory')
    return new ServiceError('out-of-memory', `${program} reached the memory limit`, { hint: 'Raise `limits: { memory: … }`.' });
  const how = result.exitCode === undefined ? `was ended by ${result.signal ?? 'the sandbox'}` : `ended with exit code ${result.exitCode}`;
  if (result.exitCode === 127) {
    return new ServiceError('library-missing', `${program} ${how}: it or one of its libraries cannot be loaded`, { hint: install, cause });
  }
  const hint = 'Raise the limits of the sandbox, or name other programs: `service: { binaries: … }`.';
  return new ServiceError('start-failed', `${program} ${how}`, { hint, cause });
}
