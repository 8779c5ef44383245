import type { Component, Plan } from './plan/plan.ts';
import type { HandScript } from './report/by-hand/view.ts';
import type { NeededPart } from './runbook.ts';
import type { StepAnswer, StepRequest } from './stepping.ts';
import { mkdtemp, rm, writeFile } from './system/files.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './system/process.ts';
import { readOnlyCommand } from './system/read-only.ts';
import { buildScript, findUpwards } from './system/script.ts';

const LIST_MS = 60_000;

interface Reading {
  readonly plan: Plan;
  readonly component: Component;
  /** Our own program that executes steps. */
  readonly stepping: { readonly file: string; readonly args: readonly string[] };
  readonly stop: AbortSignal;
}

/** What the script of a component says of its steps, asked where it can write nothing; none of them is executed. */
export async function readHandScript(reading: Reading): Promise<HandScript> {
  const folder = await mkdtemp(join(tmpdir(), 'resurgam-runbook-'));
  try {
    return await readIn(folder, reading);
  } catch (error) {
    return { steps: [], start: null, unread: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readIn(folder: string, reading: Reading): Promise<HandScript> {
  const { plan, component } = reading;
  const path = component.runbook?.path ?? '';
  const file = await findUpwards(plan.file, path);
  if (file === undefined) throw new Error(`${path} is not there`);
  const script = join(folder, 'runbook.mjs');
  await writeFile(script, (await buildScript(file)).code, { mode: 0o600 });
  const listed = await ask(reading, { script, ask: 'list' });
  if (listed.type !== 'steps') throw new Error(listed.type === 'broke' ? listed.why : 'it lists no steps');
  const started = listed.starts ? await ask(reading, { script, ask: 'start', context: contextOf(component) }) : undefined;
  const start = started?.type === 'service' && typeof started.service === 'object' ? started.service : null;
  return { steps: listed.steps, start: start as HandScript['start'], unread: null };
}

/** Words instead of what is known only when somebody recovers. */
function contextOf({ needs, runbook }: Component): NonNullable<StepRequest['context']> {
  const part = (name: string): NeededPart =>
    Object.fromEntries(['files', 'socket', 'port', 'user', 'database'].map(thing => [thing, `{${name}.${thing}}`]));
  return {
    files: '{files}',
    server: undefined,
    needs: Object.fromEntries(needs.map(name => [name, part(name)])),
    with: runbook?.with ?? {},
    secrets: {},
    dryRun: true,
  };
}

async function ask({ stepping, stop }: Reading, request: StepRequest): Promise<StepAnswer> {
  const { file, args } = readOnlyCommand([stepping.file, ...stepping.args]);
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const result = await runTool({ file, args, env, stdin: JSON.stringify(request), timeLimitMs: LIST_MS }, stop);
  const last = result.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (last === '') throw new Error(`it ended with ${String(result.exitCode)} and said nothing`);
  return JSON.parse(last) as StepAnswer;
}
