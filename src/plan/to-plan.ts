import { createHash } from 'node:crypto';
import type { Client } from './client.ts';
import { BACKUP_KEYS, SERVICE_KEYS, type BackupInput, type ServiceInput } from './component-schema.ts';
import type { BackupSection, Component, Contract, Plan, ProbeSection, RunbookSection, ServiceSection, Workflow } from './plan.ts';
import type { ProbeInput } from './probe-schema.ts';
import type { PlanInput } from './schema.ts';
import { toChecks } from './to-checks.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { SourceFile } from './yaml.ts';

const HOUR_MS = 3_600_000;
/** When a plan is drilled that says nothing of it. */
const WEEKLY = '0 2 * * SUN';

/** What the file says, with every default filled in: the plan's, then the client's, then the product's. */
export function toPlan(input: PlanInput, source: SourceFile, { client, vocabulary }: { client: Client; vocabulary: Vocabulary }): Plan {
  const { system, allowance, limits, evidence } = input;
  const components = Object.entries(input.components).map(([name, given]) => toComponent(name, given));
  return {
    plan: input.plan,
    client: input.client,
    system: {
      name: system.name ?? input.plan,
      kind: system.kind,
      tier: system.tier,
      phi: system.phi,
      owner: system.owner ?? null,
      downtimeProcedure: system.downtimeProcedure ?? null,
      needs: system.needs,
    },
    contract: toContract(input, client),
    allowance: { detectMs: allowance.detect ?? 0, decideMs: allowance.decide ?? 0 },
    factor: input.factor,
    failureInstant: input.failureInstant,
    site: input.site,
    components,
    workflows: input.workflows.map((workflow): Workflow => ({ ...workflow, component: workflow.component ?? onlyName(components) })),
    notApplicable: input.notApplicable,
    scenarios: input.scenarios.map(scenario => ({ ...scenario, workflows: scenario.workflows ?? requiredOf(input) })),
    schedule: toSchedule(input, client),
    sandbox: toSandbox(input.sandbox),
    limits: {
      timeMs: limits.time,
      diskBytes: limits.disk ?? null,
      memoryBytes: limits.memory ?? null,
      cpus: limits.cpus ?? null,
      processes: limits.processes,
      parallel: limits.parallel ?? null,
    },
    evidence: { controls: evidence.controls, keepMs: evidence.keep },
    consistency: toChecks(input.consistency, components, vocabulary),
    escalation: input.escalation,
    drift: input.drift,
    digest: createHash('sha256').update(source.bytes).digest('hex'),
    file: source.file,
    bytes: source.bytes,
  };
}

function requiredOf({ workflows }: PlanInput): readonly string[] {
  return workflows.filter(({ required }) => required).map(({ name }) => name);
}

function toContract(input: PlanInput, client: Client): Contract {
  const own = input.contract;
  const theirs = client.contract;
  const source =
    own.rto !== undefined || own.rpo !== undefined ? 'plan' : theirs.rto !== undefined || theirs.rpo !== undefined ? 'client' : 'default';
  return {
    rtoMs: own.rto ?? theirs.rto ?? 4 * HOUR_MS,
    rpoMs: own.rpo ?? theirs.rpo ?? HOUR_MS,
    rtoStarts: own.rtoStarts ?? theirs.rtoStarts ?? 'disruption',
    source,
  };
}

function toSchedule(input: PlanInput, client: Client): Plan['schedule'] {
  const { backupCheck, drill, timezone, windows } = input.schedule;
  return {
    backupCheck,
    drill: {
      cron: drill.every === undefined ? (drill.cron ?? WEEKLY) : null,
      everyMs: drill.every ?? null,
      pick: drill.pick,
      sample: drill.sample !== undefined,
      sweep: toSweep(drill.sweep),
    },
    timezone: timezone ?? client.timezone,
    forbid: windows?.forbid ?? [],
  };
}

function toSweep(given: PlanInput['schedule']['drill']['sweep']): { points: number; everyMs: number | null } | null {
  if (given === undefined) return null;
  return typeof given === 'number' ? { points: given, everyMs: null } : { points: given.points, everyMs: given.every ?? null };
}

function toSandbox(given: PlanInput['sandbox']): Plan['sandbox'] {
  if (typeof given === 'string') return { kind: given, image: null, acceptIsolation: [], acceptReason: null };
  return { kind: given.kind, image: given.image ?? null, acceptIsolation: given.accept, acceptReason: given.reason ?? null };
}

function toComponent(name: string, given: PlanInput['components'][string]): Component {
  return {
    name,
    needs: given.needs,
    backup: given.backup === undefined ? null : toBackup(given.backup),
    service: given.service === undefined ? null : toService(given.service),
    runbook: given.runbook === undefined ? null : toRunbook(given.runbook),
    probes: given.probes === undefined ? null : withNames(given.probes),
    limits: given.limits === undefined ? null : { memoryBytes: given.limits.memory ?? null, diskBytes: given.limits.disk ?? null },
  };
}

function toRunbook({ script, ...rest }: NonNullable<PlanInput['components'][string]['runbook']>): RunbookSection {
  return { path: script, ...rest };
}

function toBackup(given: BackupInput): BackupSection {
  const { job, size, copies } = given;
  return {
    tool: given.tool,
    job:
      job === undefined
        ? null
        : {
            everyMs: job.every,
            graceMs: job.grace ?? Math.round(job.every / 4),
            takesMs: job.takes ?? null,
            arrivesMs: job.arrives ?? null,
          },
    size: { atLeastBytes: size?.atLeast ?? null, shrink: size?.shrink ?? null, grow: size?.grow ?? null },
    copies: { atLeast: copies?.atLeast ?? null, offSite: copies?.offSite ?? null, locked: copies?.locked ?? null },
    encrypted: given.encrypted,
    ...(given.site === undefined ? {} : { site: given.site }),
    options: without(given, BACKUP_KEYS),
  };
}

function toService(given: ServiceInput): ServiceSection {
  return { engine: given.engine, version: given.version ?? null, options: without(given, SERVICE_KEYS) };
}

function without(given: Readonly<Record<string, unknown>>, keys: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !keys.has(key)));
}

/** A probe without a name is called after its kind; further ones of the kind get a number, so that findings can be told apart. */
function withNames(probes: readonly ProbeInput[]): readonly ProbeSection[] {
  const seen = new Map<string, number>();
  return probes.map(probe => {
    if (probe.name !== undefined) return { ...probe, name: probe.name };
    const count = (seen.get(probe.kind) ?? 0) + 1;
    seen.set(probe.kind, count);
    return { ...probe, name: count === 1 ? probe.kind : `${probe.kind} ${count}` };
  });
}

/** A workflow of a plan with one component need not say which. Empty if it must. */
function onlyName(components: readonly Component[]): string {
  return components.length === 1 ? (components[0]?.name ?? '') : '';
}
