import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { JobRun } from '../backup/job-state.ts';
import { findPlan } from '../plan/read.ts';
import type { CheckPlace } from '../store/state/backup-checks.ts';
import { keepJobEnd, keepJobStart } from '../store/state/job-runs.ts';
import type { State } from '../store/state/state.ts';
import { keepJobLog } from '../store/job-log.ts';
import { isHinted } from '../system/hinted.ts';
import { passThrough, type PassedThrough } from '../system/pass-through.ts';
import { scrub } from '../system/scrub.ts';
import type { App } from '../app.ts';
import type { RegisterCommand } from './commands.ts';

/** Of standard error so much is kept. */
const KEEP_BYTES = 100_000;
/** After the command has ended nobody waits longer than this for what we have to write down. */
const PATIENCE_MS = 15_000;

/** What `wrap` needs of the app. */
export type WrapApp = Pick<App, 'home' | 'env' | 'plansFolder' | 'planFiles' | 'vocabulary' | 'now' | 'state'>;

/** `resurgam wrap <plan> <component> -- command …`: runs a backup command in its own way and writes down how it went. Its exit code is kept, whatever becomes of us. */
export const wrapCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('wrap <plan> <component> <command...>')
    .description('run a backup command unchanged, keep its exit code, and record how it went')
    .usage('<plan> <component> -- command [arguments…]')
    .action(async (plan: string, component: string, command: readonly string[]) => {
      takeOver();
      const { exitCode, isLate } = await wrap(app, { plan, component, command });
      exit(exitCode);
      if (isLate) await leave(exitCode);
    });
};

export interface Wrapped {
  readonly plan: string;
  readonly component: string;
  readonly command: readonly string[];
}

/** Signals are the command's own affair, and so is a reader that goes away: what the program does about them otherwise is taken off. */
function takeOver(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  process.stdout.removeAllListeners('error');
}

/** Where the command's output goes: to our own. */
interface Outputs {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface WrapEnd {
  readonly exitCode: number;
  /** What should have been written down still hangs: nobody is to wait for it. */
  readonly isLate: boolean;
}

/** Never rejects. The command starts at once; what is written down goes beside it. */
export async function wrap(app: WrapApp, { plan, component, command }: Wrapped, out: Outputs = process): Promise<WrapEnd> {
  const [file = '', ...args] = command;
  const run = randomUUID();
  const startedAt = app.now();
  const recording = started(app, { plan, component, run, startedAt });
  recording.catch(() => undefined);
  const streams = { stdout: out.stdout, stderr: out.stderr };
  const ended = await passThrough({ file, args, env: app.env, ...streams, keepBytes: KEEP_BYTES });
  const written = keepEnd(app, { ended, run, startedAt, endedAt: app.now(), recording });
  const failure = await Promise.race([written.then(() => undefined, asError), late(written)]);
  if (failure !== undefined) {
    const code = isHinted(failure) ? ` (${failure.code})` : '';
    out.stderr.write(`resurgam: this run was not recorded: ${failure.message.replaceAll(/\s+/g, ' ')}${code}\n`);
  }
  return { exitCode: ended.exitCode, isLate: failure instanceof Late };
}

interface Recording {
  readonly place: CheckPlace;
  readonly state: State;
}

async function started(
  app: WrapApp,
  of: { readonly plan: string; readonly component: string; readonly run: string; readonly startedAt: string },
): Promise<Recording> {
  const place = await placeOf(app, of.plan, of.component);
  const state = await app.state();
  await state.of(place.client, tx => keepJobStart(tx, place, { run: of.run, source: 'wrap', at: of.startedAt }));
  return { place, state };
}

async function placeOf(app: WrapApp, name: string, component: string): Promise<CheckPlace> {
  const { plan, problems } = await findPlan(name, app.plansFolder, { files: app.planFiles, vocabulary: app.vocabulary });
  if (plan === undefined) throw new Error(`plan ${name} cannot be read (${problems[0]?.message ?? 'run resurgam check'})`);
  if (!plan.components.some(known => known.name === component)) throw new Error(`plan ${plan.plan} has no component ${component}`);
  return { client: plan.client, plan: plan.plan, component };
}

interface Ending {
  readonly ended: PassedThrough;
  readonly run: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly recording: Promise<Recording>;
}

/** First how it ended, which decides; then what it said, encrypted, since it may quote rows. */
async function keepEnd(app: WrapApp, { ended, run, startedAt, endedAt, recording }: Ending): Promise<void> {
  const { place, state } = await recording;
  const { exitCode, outputBytes } = ended;
  const verdict: JobRun['state'] = exitCode === 0 ? 'succeeded' : 'failed';
  const durationMs = Math.round(ended.durationMs);
  const end = { run, source: 'wrap', state: verdict, startedAt, endedAt, exitCode, durationMs, outputBytes } as const;
  await state.of(place.client, tx => keepJobEnd(tx, place, end));
  if (ended.stderr.length === 0) return;
  const text = scrub(ended.stderr.toString('utf8'), app.env, ended.cut);
  await keepJobLog(await app.home(), { client: place.client, run, name: 'stderr' }, { bytes: Buffer.from(text), now: endedAt });
}

class Late extends Error {}

/** Rejects never; its timer does not outlive the work. */
function late(work: Promise<unknown>): Promise<Late> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(new Late(`no answer within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
    const clear = (): void => clearTimeout(timer);
    work.then(clear, clear);
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('unknown cause');
}

/** Ends the program although something of it still waits; what was written goes out first. */
async function leave(exitCode: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(stream => new Promise(resolve => stream.write('', resolve))));
  process.exit(exitCode);
}
