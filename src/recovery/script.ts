import { join } from 'node:path';
import { LDAPI } from '../backup/restored-directory.ts';
import type { Component, Plan } from '../plan/plan.ts';
import type { Target } from '../plan/target.ts';
import type { NeededPart } from '../runbook.ts';
import type { StepAnswer, StepRequest } from '../stepping.ts';
import { writeFile } from '../system/files.ts';
import { runTool } from '../system/process.ts';
import { buildScript, findUpwards } from '../system/script.ts';
import type { DrillTools } from '../drill/tools.ts';
import { RecoveryError } from './error.ts';
import { instanceAt } from './instance.ts';
import { serverAt } from './server.ts';
import type { RecoveryState } from './state.ts';

const LONGEST_MS = 24 * 3_600_000;

export interface ScriptSource {
  readonly plan: Plan;
  readonly component: Component;
  readonly target: Target;
  readonly brought: RecoveryState['brought'];
  readonly tools: DrillTools;
  /** Private folder of this recovery. */
  readonly work: string;
  readonly stop: AbortSignal;
}

/** How a step reaches a component that was recovered. */
export function partAt({ target, brought }: Pick<ScriptSource, 'target' | 'brought'>, name: string): NeededPart {
  const { folder, directory, ...place } = target.components[name] ?? {};
  if (folder !== undefined) return { files: folder };
  if (directory !== undefined) return { socket: join(directory.folder, LDAPI), port: String(directory.port) };
  const instance = instanceAt(place, brought[name]);
  if (instance !== undefined) return { ...instance.server, port: String(instance.port) };
  const server = serverAt(place, brought[name]);
  return server === undefined ? {} : { ...server, port: String(server.port) };
}

/** Asks the script of a component, on this machine: it is the plan's own, and the machine is the one that the target names. */
export async function askOnTarget(source: ScriptSource, request: Omit<StepRequest, 'script' | 'context'>): Promise<StepAnswer> {
  const { plan, component, tools, work, stop } = source;
  const path = component.runbook?.path ?? '';
  const file = await findUpwards(plan.file, path);
  if (file === undefined)
    throw new RecoveryError('step-failed', `the runbook ${path} is not there`, 'Put it back, then go on with --resume.');
  const script = join(work, `${component.name}.mjs`);
  await writeFile(script, (await buildScript(file)).code, { mode: 0o600 });
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: work, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const stdin = JSON.stringify({ ...request, script, context: await contextOf(source) } satisfies StepRequest);
  const result = await runTool({ file: tools.stepping.file, args: tools.stepping.args, env, stdin, timeLimitMs: LONGEST_MS }, stop);
  if (result.stopped) throw new RecoveryError('stopped', 'the step was stopped', 'Go on with --resume.');
  const last = result.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (result.exitCode !== 0 || last === '') {
    const why =
      last === ''
        ? `it ended with ${String(result.exitCode)}`
        : ((JSON.parse(last) as { why?: string }).why ?? 'it did not come to its end');
    throw new RecoveryError('step-failed', `${component.name}: ${why}`, 'Mend what it says, then go on with --resume.');
  }
  return JSON.parse(last) as StepAnswer;
}

async function contextOf(source: ScriptSource): Promise<NonNullable<StepRequest['context']>> {
  const { component, tools } = source;
  const secrets: Record<string, string> = {};
  for (const [name, reference] of Object.entries(component.runbook?.secrets ?? {})) secrets[name] = await tools.secret(reference);
  const own = partAt(source, component.name);
  return {
    files: own.files,
    server: own.socket === undefined ? undefined : own,
    needs: Object.fromEntries(component.needs.map(name => [name, partAt(source, name)])),
    with: component.runbook?.with ?? {},
    secrets,
    dryRun: false,
  };
}
