import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Jail, JailCommand } from '../backup/target.ts';
import { parseDuration } from '../plan/duration.ts';
import type { NeededPart } from '../runbook.ts';
import type { Place } from '../service/needed-place.ts';
import { PORTS_AT, withPorts } from '../service/ports.ts';
import { notStarted } from '../service/not-started.ts';
import { ServiceError } from '../service/service.ts';
import type { ListedStep, StepAnswer, StepRequest } from '../stepping.ts';
import { writeFile } from '../system/files.ts';
import { lines } from '../system/lines.ts';
import { scrub } from '../system/scrub.ts';
import { buildScript, findUpwards } from '../system/script.ts';
import { secretFor } from './denied.ts';
import type { ComponentRun, DrillRun } from './run.ts';

/** Where the script is, in the jail. */
const SCRIPT_AT = '/runbook';
const SCRIPT = 'runbook.mjs';
const LIST_MS = 60_000;
const MISSING = 127;
/** So much of what a script says is kept; of more its end. */
const KEPT = 1 << 20;

/** A runbook that was read: what it will do, without its code. */
export interface LoadedScript {
  /** Host folder that is shown to the jail. */
  readonly folder: string;
  /** SHA-256 of the script as it was written. */
  readonly digest: string;
  readonly steps: readonly (ListedStep & { readonly withinMs: number | null })[];
  readonly starts: boolean;
}

export interface ScriptPlace {
  readonly jail: Jail;
  readonly place: Place;
  /** Name of the component's own server among what is shown. */
  readonly own: string;
  readonly script: LoadedScript;
}

/** Builds the script of a component and asks it for its steps, in the jail. Throws ServiceError with what to mend. */
export async function loadScript(run: DrillRun, one: ComponentRun, { jail }: { readonly jail: Jail }): Promise<LoadedScript> {
  const { path = '' } = one.component.runbook ?? {};
  const file = await findUpwards(run.request.plan.file, path);
  if (file === undefined)
    throw unreadable(`the runbook ${path} is not there`, 'Write its path as seen from the plan, or from a folder above it.');
  const built = await buildScript(file).catch((cause: unknown) => {
    throw unreadable(
      `the runbook ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Correct the script.',
    );
  });
  const folder = await jail.makeFolder('runbook');
  await writeFile(join(folder, SCRIPT), built.code, { mode: 0o644 });
  await jail.own(folder);
  const script: LoadedScript = { folder, digest: built.digest, steps: [], starts: false };
  const listed = await ask(run, { jail, script, request: { ask: 'list' }, timeLimitMs: LIST_MS });
  if (listed.said?.type !== 'steps') {
    const why = listed.said?.type === 'broke' ? listed.said.why : `it ended with ${String(listed.exitCode)}`;
    throw unreadable(
      `the runbook ${path} cannot be read: ${why}`,
      'Let it export its steps: `export default { before: [ … ] } satisfies Runbook`.',
    );
  }
  const steps = listed.said.steps.map(each => ({ ...each, withinMs: withinOf(each, path) }));
  return { ...script, steps, starts: listed.said.starts };
}

function withinOf({ name, within }: ListedStep, path: string): number | null {
  if (within === null) return null;
  const ms = parseDuration(within);
  if (ms === undefined)
    throw unreadable(`step "${name}" of ${path}: expected a duration such as 10m, found ${JSON.stringify(within)}`, 'Correct `within`.');
  return ms;
}

function unreadable(message: string, hint: string): ServiceError {
  return new ServiceError('start-failed', message, { hint });
}

export interface Ended {
  readonly said: StepAnswer | undefined;
  readonly exitCode: number | null;
  readonly late: boolean;
}

interface Asking {
  readonly place: ScriptPlace;
  readonly request: Pick<StepRequest, 'ask' | 'when' | 'step'>;
  readonly timeLimitMs: number;
}

/** One question to the script, with its context. What it logs is kept for the tool log of the component, without its secrets. */
export async function askScript(run: DrillRun, one: ComponentRun, { place, request, timeLimitMs }: Asking): Promise<Ended> {
  const secrets: Record<string, string> = {};
  const section = one.component.runbook;
  const secret = secretFor(run, { component: one.component.name, step: 'runbook' });
  for (const [name, reference] of Object.entries(section?.secrets ?? {})) secrets[name] = await secret(reference);
  const { known } = place.place;
  const parts = new Map(known.needed);
  const server = parts.get(place.own);
  parts.delete(place.own);
  const needs = Object.fromEntries(parts) as Record<string, NeededPart>;
  const context = { files: known.own.files, server, needs, with: section?.with ?? {}, secrets, dryRun: false };
  const ended = await ask(run, { ...place, request: { ...request, context }, timeLimitMs });
  const named = Object.fromEntries(Object.values(secrets).map((secret, at) => [`SECRET_${String(at)}`, secret]));
  if (ended.log !== '') one.toolLogs.push({ name: PROBE, text: scrub(ended.log, named, ended.isCut) });
  return ended;
}

const PROBE = 'runbook';

interface Question {
  readonly jail: Jail;
  readonly place?: Place;
  readonly script: LoadedScript;
  readonly request: Omit<StepRequest, 'script'>;
  readonly timeLimitMs: number;
}

async function ask(run: DrillRun, asked: Question): Promise<Ended & { readonly log: string; readonly isCut: boolean }> {
  const { jail, script, place, request, timeLimitMs } = asked;
  let said: StepAnswer | undefined;
  let log = '';
  let isCut = false;
  const hear = (line: string): void => {
    isCut ||= log.length + line.length > KEPT;
    log = `${log}${line}\n`.slice(-KEPT);
  };
  const cut = lines(line => {
    const answer = answerOf(line);
    if (answer === undefined) hear(line);
    else if (answer.type === 'log') hear(answer.line);
    else said = answer;
  });
  const { file, args, paths } = run.tools.stepping;
  const relayed = place === undefined || place.reached.length === 0 ? { file, args } : withPorts('reach', place.reached, { file, args });
  const command: JailCommand = {
    ...relayed,
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8', HOME: '/tmp', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' },
    mounts: [...paths.map(path => ({ from: path, at: path })), { from: script.folder, at: SCRIPT_AT }, ...mountsOf(place)],
    stdin: Readable.from([Buffer.from(JSON.stringify({ script: `${SCRIPT_AT}/${SCRIPT}`, ...request }))]),
    stdout: cut.chunk,
    timeLimitMs,
    ownPorts: true,
  };
  const result = await jail.run(command, run.stop);
  cut.end();
  if (result.stderr !== '') hear(result.stderr);
  if (jail.limitHit() !== undefined || result.exitCode === MISSING)
    throw notStarted('a step of the runbook', { jail, result, install: 'Install what the step calls.' });
  return { said: result.exitCode === 0 ? said : brokenOr(said), exitCode: result.exitCode ?? null, late: result.timedOut, log, isCut };
}

/** A process that did not end well has no answer, whatever it said before. */
function brokenOr(said: StepAnswer | undefined): StepAnswer | undefined {
  return said?.type === 'broke' ? said : undefined;
}

/** The sockets of a service that is not there yet are of no use to a step. */
function mountsOf(place: Place | undefined): Place['mounts'] {
  return (place?.mounts ?? []).filter(mount => mount.at !== PORTS_AT);
}

function answerOf(line: string): StepAnswer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as StepAnswer) : undefined;
  } catch {
    return undefined;
  }
}
