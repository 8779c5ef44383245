import { createInterface } from 'node:readline/promises';
import { join, resolve } from 'node:path';
import { userInfo } from 'node:os';
import type { App } from '../app.ts';
import { noDrillEvents } from '../drill-events.ts';
import { inOrder } from '../drill/begin.ts';
import { sha256Hex } from '../evidence/digest.ts';
import { readHandScript } from '../hand-script.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import { loadTarget, type Target } from '../plan/target.ts';
import { abandon } from '../recovery/abandon.ts';
import type { RecoveryOrder } from '../recovery/course.ts';
import { RecoveryError } from '../recovery/error.ts';
import { recoverForReal } from '../recovery/recovery.ts';
import { refuseBadPlaces } from '../recovery/refuse.ts';
import { readState, stateFile, type RecoveryState } from '../recovery/state.ts';
import { stepsOf, type RecoveryStep, type StepSource } from '../recovery/steps.ts';
import type { HandScript } from '../report/by-hand/view.ts';
import { privateFolder } from '../store/home.ts';
import { readFile } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';
import type { RegisterCommand } from './commands.ts';
import { planOf } from './drill.ts';
import { CommandError, EXIT, exitOf } from './exit.ts';
import { problemsText } from './problems.ts';
import { evidenceFolder, ledgerOf } from './run-drill.ts';
import { abandonedText, outcomeText, progressLines, stepsText } from './recover-text.ts';
import { printable, terminalOf } from './terminal.ts';

interface RecoverOptions {
  readonly into: string;
  readonly dryRun?: boolean;
  readonly confirm?: string;
  readonly resume?: boolean;
  readonly from?: string;
  readonly event?: string;
  readonly abandon?: boolean;
}

interface Ready {
  readonly source: StepSource;
  readonly client: Client | undefined;
  readonly steps: readonly RecoveryStep[];
  readonly targetDigest: string;
  readonly file: string;
  readonly before: RecoveryState | undefined;
}

/** `resurgam recover <plan> --into <target>`: the same steps, and no drill. */
export const recoverCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('recover <plan>')
    .description('recover a system for real, into the place that a target file names (`resurgam schema target`)')
    .requiredOption('--into <file>', 'where each component is recovered to')
    .option('--dry-run', 'print every step and change nothing')
    .option('--confirm <name>', 'the name of the system, instead of typing it')
    .option('--resume', 'go on with a recovery that was stopped, or cut off')
    .option('--from <step>', 'with --resume: begin again at the step of this number')
    .option('--abandon', 'give up a recovery that was not finished: its evidence is closed, and what lies beside its places goes')
    .option('--event <id>', 'what happened, as others call it; stands in the evidence')
    .action(async (name: string, options: RecoverOptions) => {
      try {
        exit(await recovered(app, name, options));
      } catch (error) {
        if (!(error instanceof RecoveryError)) throw error;
        const exitCode = { refused: EXIT.usage, 'step-failed': EXIT.failed, broke: EXIT.inconclusive, stopped: EXIT.interrupted }[
          error.code
        ];
        throw new CommandError(error.message, { exitCode, hint: error.hint, cause: error });
      }
    });
};

async function recovered(app: App, name: string, options: RecoverOptions): Promise<number> {
  const { plan, client } = await planOf(app, name);
  const ready = await prepared(app, { plan, client, options });
  if (options.abandon === true) return whileHeld(app, ready, options);
  await refuseBadPlaces(ready.source, { client, before: ready.before });
  if (options.dryRun === true) {
    process.stdout.write(stepsText(ready.source, ready.steps, ready.before?.done ?? []));
    return EXIT.passed;
  }
  process.stderr.write(stepsText(ready.source, ready.steps, ready.before?.done ?? []));
  return whileHeld(app, ready, options);
}

/** One process at a time recovers a plan, once a person has said that it is meant. */
async function whileHeld(app: App, ready: Ready, options: RecoverOptions): Promise<number> {
  const { plan } = ready.source;
  await confirm(plan, options);
  const home = await app.home();
  const held = await acquireLock(home.lock(`recover-${plan.client}-${plan.plan}.lock`), 'recover');
  if (held.held)
    throw new CommandError(`${plan.plan} is being recovered already`, { exitCode: EXIT.usage, hint: 'Wait until that has ended.' });
  try {
    await app.reap();
    return await executed(app, ready, options);
  } finally {
    await held.release();
  }
}

async function prepared(
  app: App,
  { plan, client, options }: { plan: Plan; client: Client | undefined; options: RecoverOptions },
): Promise<Ready> {
  const { target, digest } = await readTarget(options.into);
  const components = inOrder(plan);
  const scripts = new Map<string, HandScript>();
  for (const component of components) {
    if (component.runbook !== null)
      scripts.set(component.name, await readHandScript({ plan, component, stepping: app.stepping, stop: app.stop }));
  }
  const source = { plan, target, components, scripts, tools: new Map(app.backupTools.map(tool => [tool.name, tool])) };
  const steps = stepsOf(source);
  const file = await stateFile(await app.home(), plan);
  return { source, client, steps, targetDigest: digest, file, before: await stateBefore({ file, plan, digest, steps }, options) };
}

async function readTarget(path: string): Promise<{ target: Target; digest: string }> {
  const file = resolve(path);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CommandError(`the target ${path} cannot be read`, {
      exitCode: EXIT.usage,
      hint: 'Write one: `resurgam schema target` prints its keys.',
      cause,
    });
  });
  const { target, problems } = loadTarget({ file, bytes });
  if (target !== undefined) return { target, digest: sha256Hex(bytes) };
  process.stderr.write(problemsText({ problems }, terminalOf(process.stderr, process.env)));
  throw new CommandError(`${path} is no target`, { exitCode: EXIT.usage, hint: 'Mend what is listed above.' });
}

interface Known {
  readonly file: string;
  readonly plan: Plan;
  readonly digest: string;
  readonly steps: readonly RecoveryStep[];
}

/** A recovery goes on only as what it was begun as; and none is begun over one that was not finished. */
async function stateBefore(
  { file, plan, digest, steps }: Known,
  { resume, from, abandon }: RecoverOptions,
): Promise<RecoveryState | undefined> {
  const state = await readState(file);
  const open = state !== undefined && !state.finished ? state : undefined;
  if (resume !== true && abandon !== true) {
    if (open === undefined) return undefined;
    throw new RecoveryError(
      'refused',
      `the recovery ${open.recovery} of ${plan.plan} was begun and not finished`,
      'Go on with --resume, or give it up with --abandon.',
    );
  }
  if (open === undefined) throw new RecoveryError('refused', `no recovery of ${plan.plan} is open`, 'Leave --resume and --abandon out.');
  if ((open.planDigest !== plan.digest && abandon !== true) || open.targetDigest !== digest)
    throw new RecoveryError(
      'refused',
      'the plan or the target was changed since this recovery was begun',
      'Put back what it was, or give it up with --abandon and begin anew into an empty target.',
    );
  return from === undefined
    ? open
    : { ...open, done: open.done.filter(key => steps.slice(0, numberOf(from, steps) - 1).some(step => step.key === key)) };
}

function numberOf(from: string, steps: readonly RecoveryStep[]): number {
  const number = Number(from);
  if (Number.isInteger(number) && number >= 1 && number <= steps.length) return number;
  throw new RecoveryError(
    'refused',
    `--from: expected a number from 1 to ${String(steps.length)}, got ${printable(from)}`,
    'See --dry-run for the steps.',
  );
}

/** Nobody recovers the wrong system by a line that was typed too fast. */
async function confirm({ system }: Plan, { confirm: given }: RecoverOptions): Promise<void> {
  let typed = given;
  if (typed === undefined && process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    typed = await terminal.question('This is no drill. Type the name of the system to go on: ');
    terminal.close();
  }
  if (typed === system.name) return;
  throw new RecoveryError('refused', `not confirmed: expected ${system.name}`, 'Type the name of the system, or give it with --confirm.');
}

async function executed(app: App, ready: Ready, options: RecoverOptions): Promise<number> {
  const { source, client, steps, targetDigest, file, before } = ready;
  const { plan } = source;
  const ledger = await app.ledger(ledgerOf(plan, client));
  const stopped = new AbortController();
  const explain = (message: string, hint: string | null): void =>
    void process.stderr.write(hint === null ? `${message}\n` : `${message}\n  ${hint}\n`);
  const tools = await app.drillTools({ events: noDrillEvents, explain, cutOff: () => stopped.abort() }, ledger);
  const { username } = userInfo();
  const order: RecoveryOrder = {
    ...{ source, steps, tools, ledger, targetDigest, file, before },
    declared: { event: options.event ?? null, declaredBy: username, target: source.target.target },
    work: await privateFolder(join((await app.home()).path, 'recoveries', `${plan.client}.${plan.plan}`)),
    person: client !== undefined && username in client.contacts ? username : null,
    stop: AbortSignal.any([app.stop, stopped.signal]),
    told: (step, at) => void process.stderr.write(progressLines(plan, step, { ...at, count: steps.length })),
  };
  if (options.abandon === true && before !== undefined) {
    process.stdout.write(abandonedText(await abandon(order, before)));
    return EXIT.passed;
  }
  const record = await recoverForReal(order);
  process.stdout.write(`${outcomeText(source, record)}Ledger   ${evidenceFolder(app, plan.client)}\nRecovery ${record.drill}\n`);
  return exitOf({ verdict: record.verdict, stopped: false, leftBehind: record.destroyed?.verified === false });
}
