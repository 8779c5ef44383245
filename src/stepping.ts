import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { $ as shell, ProcessOutput, type Shell } from 'zx';
import type { Runbook, RunbookContext, RunbookStep } from './runbook.ts';

/** What the process that executes steps is asked on standard input: one JSON object. */
export interface StepRequest {
  /** Path of the script, already without its types. */
  readonly script: string;
  readonly ask: 'list' | 'run' | 'check' | 'start';
  readonly when?: 'before' | 'after';
  readonly step?: number;
  readonly context?: Omit<RunbookContext, '$' | 'log'>;
}

/** One step as the script declares it. */
export interface ListedStep {
  readonly when: 'before' | 'after';
  readonly name: string;
  readonly within: string | null;
  readonly byHand: string | null;
  readonly checked: boolean;
}

/** What it answers, one JSON object per line; without `done`, `steps`, `service` or `broke` at the end it did not come to its end. */
export type StepAnswer =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'steps'; readonly steps: readonly ListedStep[]; readonly starts: boolean }
  | { readonly type: 'service'; readonly service: unknown }
  | { readonly type: 'done'; readonly holds: boolean }
  | { readonly type: 'broke'; readonly why: string };

type Say = (answer: StepAnswer) => void;

/** Executes what is asked; never rejects. What a script writes to the console is its log, not an answer. */
export async function answerStep(input: string, say: Say): Promise<boolean> {
  try {
    const request = JSON.parse(input) as StepRequest;
    const runbook = runbookOf((await import(pathToFileURL(request.script).href)) as { readonly default?: unknown });
    await answered(runbook, request, say);
    return true;
  } catch (error) {
    say({ type: 'broke', why: whyOf(error) });
    return false;
  }
}

async function answered(runbook: Runbook, request: StepRequest, say: Say): Promise<void> {
  if (request.ask === 'list') {
    say({ type: 'steps', steps: [...listed(runbook, 'before'), ...listed(runbook, 'after')], starts: runbook.start !== undefined });
    return;
  }
  const context = contextOf(request, say);
  if (request.ask === 'start') {
    say({ type: 'service', service: (await runbook.start?.(context)) ?? null });
    return;
  }
  const step = runbook[request.when ?? 'before']?.[request.step ?? 0];
  if (step === undefined) throw new Error('there is no such step');
  if (request.ask === 'run') await step.run(context);
  say({ type: 'done', holds: request.ask === 'run' || (await holds(step, context)) });
}

/** A check that throws says no: what it asked did not answer. */
async function holds(step: RunbookStep, context: RunbookContext): Promise<boolean> {
  if (step.check === undefined) return true;
  try {
    return await step.check(context);
  } catch (error) {
    context.log(whyOf(error));
    return false;
  }
}

function runbookOf(module: { readonly default?: unknown }): Runbook {
  const runbook = module.default;
  if (typeof runbook !== 'object' || runbook === null) throw new Error('the script has no default export with steps');
  return runbook;
}

function listed(runbook: Runbook, when: 'before' | 'after'): readonly ListedStep[] {
  return (runbook[when] ?? []).map(step => ({
    ...{ when, name: step.name, within: step.within ?? null, byHand: step.byHand ?? null, checked: 'check' in step },
  }));
}

function contextOf({ context }: StepRequest, say: Say): RunbookContext {
  if (context === undefined) throw new Error('asked without a context');
  const log = (line: string): void => say({ type: 'log', line });
  return { ...context, $: context.dryRun ? written(log) : logged(log), log };
}

/** Every command and all that it prints is in the log. */
function logged(log: (line: string) => void): Shell {
  return shell({
    quiet: true,
    log: entry => {
      if (entry.kind === 'cmd') log(`$ ${entry.cmd}`);
      if (entry.kind === 'stdout' || entry.kind === 'stderr') log(entry.data.toString().trimEnd());
    },
    verbose: true,
  });
}

/** Commands are written down in place of being run; each counts as done, with an empty output. */
function written(log: (line: string) => void): Shell {
  const write = (pieces: TemplateStringsArray, ...args: readonly unknown[]): Promise<ProcessOutput> => {
    const words = pieces.map((piece, at) => `${piece}${at < args.length ? quoted(args[at]) : ''}`);
    log(`$ ${words.join('')}`);
    return Promise.resolve(new ProcessOutput(0, null, '', '', '', ''));
  };
  return write as unknown as Shell;
}

function quoted(value: unknown): string {
  if (Array.isArray(value)) return value.map(quoted).join(' ');
  const word = String(value);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function whyOf(error: unknown): string {
  if (error instanceof ProcessOutput)
    return `a command ended with ${error.exitCode === null ? String(error.signal) : `exit code ${String(error.exitCode)}`}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

async function main(): Promise<void> {
  const say: Say = answer => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  // What a script writes to the console would stand among the answers.
  const hear = (...words: readonly unknown[]): void => say({ type: 'log', line: words.map(String).join(' ') });
  Object.assign(console, Object.fromEntries(['log', 'info', 'warn', 'error', 'debug'].map(name => [name, hear])));
  process.exitCode = (await answerStep(await text(process.stdin), say)) ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
