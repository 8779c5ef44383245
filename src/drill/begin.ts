import { createHash, randomBytes } from 'node:crypto';
import type { FindingCode } from '../finding/finding.ts';
import type { Plan } from '../plan/plan.ts';
import type { Limits } from '../sandbox/sandbox.ts';
import { timeLimit } from '../system/time-limit.ts';
import { isDenied } from './denied.ts';
import type { ComponentRun, DrillRun } from './run.ts';
import type { DrillRequest, DrillTools, Machine } from './tools.ts';

/** A drill is never given all of a machine that also has other work to do. */
const MEMORY_SHARE = 0.5;
const LEAST_MEMORY_BYTES = 512 * 1024 * 1024;
const DISK_SHARE = 0.8;

/** Clock start: from here on the recovery time counts, and the simulated failure is fixed before anything is looked at. */
export async function begin(request: DrillRequest, tools: DrillTools): Promise<DrillRun> {
  const { plan } = request;
  const startedAt = tools.clock.now();
  const startMonoMs = tools.clock.monotonicMs();
  const limits = await decideLimits(plan, tools.machine);
  const { first } = request;
  const drawn = plan.failureInstant === 'random' || plan.schedule.drill.pick === 'random' ? randomBytes(16).toString('hex') : null;
  const seed = first?.seed ?? drawn;
  const { stop, stoppedBy } = stopSignal(request.stop, limits.timeMs);
  return {
    id: tools.book.newDrillId(startedAt),
    request,
    tools,
    startedAt,
    startMonoMs,
    failureInstant: request.tried?.failureInstant ?? first?.failureInstant ?? failureInstant(plan, startedAt, seed),
    seed,
    limits,
    parallel: plan.limits.parallel ?? Math.max(1, Math.min(limits.cpus, plan.components.length)),
    stop,
    stoppedBy,
    components: inOrder(plan)
      .map(component => ({
        component,
        tool: component.backup === null ? undefined : tools.backup.get(component.backup.tool),
        facts: {},
        secrets: [],
        toolLogs: [],
      }))
      .filter(one => !isDenied(request.without ?? [], one)),
    findings: [],
    phases: [],
    limitations: new Set(),
    steps: [],
    workflows: [],
  };
}

/** Explicit limits of the plan, else a share of this machine. Whole numbers: they are recorded. */
async function decideLimits(plan: Plan, machine: Machine): Promise<Limits> {
  const memory = Math.max(LEAST_MEMORY_BYTES, Math.floor(machine.memoryBytes * MEMORY_SHARE));
  return {
    memoryBytes: plan.limits.memoryBytes ?? memory,
    diskBytes: plan.limits.diskBytes ?? Math.floor((await machine.freeBytes()) * DISK_SHARE),
    cpus: Math.min(plan.limits.cpus ?? machine.cpus, machine.cpus),
    processes: plan.limits.processes,
    timeMs: plan.limits.timeMs,
  };
}

/** `random`: uniform in `(startedAt − job.every, startedAt]`, from a seed that is recorded (measurement.md, section 3). */
export function failureInstant(plan: Plan, startedAt: string, seed: string | null): string {
  if (plan.failureInstant === 'start' || seed === null) return startedAt;
  const everyMs = Math.max(0, ...plan.components.map(component => component.backup?.job?.everyMs ?? 0));
  const share = createHash('sha256').update(`failure-instant/${seed}`).digest().readUInt32BE(0) / 2 ** 32;
  return new Date(Date.parse(startedAt) - Math.floor(share * everyMs)).toISOString();
}

/** Components after those that they need. The plan was linted: there is no cycle. */
export function inOrder(plan: Plan): readonly Plan['components'][number][] {
  const done = new Set<string>();
  const ordered: Plan['components'][number][] = [];
  while (ordered.length < plan.components.length) {
    const next = plan.components.find(component => !done.has(component.name) && component.needs.every(need => done.has(need)));
    if (next === undefined) return plan.components;
    done.add(next.name);
    ordered.push(next);
  }
  return ordered;
}

/** One signal for both ways in which a drill is ended before its end, and which of them it was. */
function stopSignal(byPerson: AbortSignal, timeMs: number): { stop: AbortSignal; stoppedBy: () => FindingCode | undefined } {
  const byTime = timeLimit(timeMs);
  const stop = AbortSignal.any([byPerson, byTime]);
  const stoppedBy = (): FindingCode | undefined => (byPerson.aborted ? 'drill.stopped' : byTime.aborted ? 'drill.time-limit' : undefined);
  return { stop, stoppedBy };
}

/** The run of one component by its name. */
export function componentOf(run: DrillRun, name: string): ComponentRun | undefined {
  return run.components.find(one => one.component.name === name);
}
