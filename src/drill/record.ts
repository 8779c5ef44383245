import { DrillRecord } from '../evidence/record.ts';
import { sentenceOf, type Outcome } from '../finding/finding.ts';
import type { Measurement } from '../measurement/measurement.ts';
import { factorText, ratioText } from '../measurement/recovery-time.ts';
import type { Figures } from './measure.ts';
import { criticalPathOf } from './path.ts';
import type { ComponentRun, DrillRun } from './run.ts';
import { populationOf } from './select.ts';
import { everyComponent, type SweptPoint } from './swept.ts';
import type { DrillStarted } from './tools.ts';
import { probesOf } from './question.ts';

const WORST_FIRST: readonly Outcome[] = ['failed', 'inconclusive', 'skipped', 'passed'];

/** The evidence of a finished drill (evidence.md, section 13). The schema is the gate: what it does not know cannot be written. */
export function recordOf(run: DrillRun, figures: Figures, toolLogs: DrillRecord['toolLogs']): DrillRecord {
  const started = startedOf(run);
  const { conclusion, age, projection } = figures;
  const { drill, plan, planDigest, occurrence, trigger, attempt, retryOf, site, failureInstant, population, sample } = started;
  return DrillRecord.parse({
    schema: 'https://resurgam.dev/schema/drill-record/v1',
    ...{ drill, plan, planDigest, occurrence, trigger, attempt, retryOf, site, failureInstant, population, sample },
    client: run.request.plan.client,
    without: [...(run.request.without ?? [])],
    scenario: scenarioOf(run),
    method: run.components.length === 1 ? 'component' : 'system',
    verdict: conclusion.verdict,
    reasons: [...conclusion.reasons],
    startedAt: run.startedAt,
    clockStartedAt: run.startedAt,
    usableAt: figures.recoveryTime.ms === null ? null : (run.usable?.at ?? null),
    endedAt: run.tools.clock.now(),
    recoveryTime: figure(figures.recoveryTime),
    projection: projection && { ...projection, factor: factorText(projection.factor), headroom: ratioText(projection.headroom) },
    recoveryPointAge: { ...figure(age.age), component: age.component, confirmedByData: age.confirmedByData },
    newest: run.components.flatMap(one => (one.newest === undefined ? [] : [{ component: one.component.name, ...one.newest }])),
    objectives: objectivesOf(run, figures),
    recoveryPoints: run.components.flatMap(pointOf),
    sandbox: sandboxOf(run),
    isolation: isolationOf(run),
    services: run.components.flatMap(serviceOf),
    phases: run.phases,
    criticalPath: criticalPathOf(run),
    runbooks: run.components.flatMap(one =>
      one.script === undefined ? [] : [{ component: one.component.name, sha256: one.script.digest }],
    ),
    steps: run.steps,
    sweep: run.swept.map(one => sweptOf(run, one)),
    findings: findingsOf(run),
    workflows: run.workflows,
    people: run.request.person === null ? [] : [{ contact: run.request.person, role: 'operator', did: 'started' }],
    workers: [{ id: started.worker, did: 'executed' }],
    access: run.components.flatMap(one => accessOf(run, one)),
    tools: toolsOf(run),
    toolLogs,
    clock: { source: 'system', offsetMs: null, stepMs: figures.clockStepMs, monotonic: true },
    destroyed: destroyedOf(run),
    limitations: [...run.limitations],
    containsPhi: false,
  });
}

function scenarioOf({ request: { scenario } }: DrillRun): DrillRecord['scenario'] {
  return scenario == null ? null : { name: scenario.name, event: scenario.event, workflows: [...scenario.workflows] };
}

/** What is said before the outcome can be known. */
export function startedOf(run: DrillRun): DrillStarted {
  const { plan, trigger, occurrence, attempt, retryOf } = run.request;
  const { cpus, memoryBytes, diskBytes } = run.limits;
  return {
    drill: run.id,
    plan: plan.plan,
    planDigest: plan.digest,
    occurrence,
    trigger,
    attempt,
    retryOf,
    site: plan.site,
    worker: run.tools.worker,
    sandbox: { kind: plan.sandbox.kind, cpus, memoryBytes, diskBytes },
    failureInstant: run.failureInstant,
    recoveryPoints: run.components.flatMap(pointOf),
    objectives: { rtoMs: plan.contract.rtoMs, rpoMs: plan.contract.rpoMs },
    population: populationOf(run),
    sample: {
      method: methodOf(run),
      seed: run.seed,
      size: run.components.filter(one => one.point !== undefined).length,
    },
    probes: run.components.reduce((sum, one) => sum + probesOf(run, one).length, plan.workflows.length),
  };
}

/** The rule by which the points were chosen. */
function methodOf({ request }: DrillRun): string {
  if (request.tried != null) return 'search';
  const { pick } = request.plan.schedule.drill;
  return typeof pick === 'string' ? pick : 'at';
}

function pointOf(one: ComponentRun): DrillRecord['recoveryPoints'] {
  if (one.point === undefined) return [];
  const { id, tool, kind, consistentAt, consistentBasis, availableAt, encrypted, location, lockedUntil } = one.point;
  const bytes = one.staged?.bytes ?? one.point.bytes;
  const sha256 = one.staged?.sha256 ?? one.point.sha256;
  return [
    {
      component: one.component.name,
      id,
      tool,
      kind,
      consistentAt,
      consistentBasis,
      availableAt,
      bytes,
      sha256,
      encrypted,
      location,
      lockedUntil,
    },
  ];
}

function figure(value: Measurement): DrillRecord['recoveryTime'] {
  if (value.basis !== 'not-tested') return { basis: value.basis, ms: value.ms, because: null, atLeastMs: null };
  return { basis: 'not-tested', ms: null, because: value.because, atLeastMs: value.atLeastMs ?? null };
}

function objectivesOf(run: DrillRun, { rto, rpo }: Figures): DrillRecord['objectives'] {
  const { contract } = run.request.plan;
  return {
    rto: { targetMs: contract.rtoMs, result: rto.result, by: rto.by },
    rpo: { targetMs: contract.rpoMs, result: rpo.result },
    source: contract.source,
  };
}

function sandboxOf(run: DrillRun): DrillRecord['sandbox'] {
  const made = everyComponent(run).filter(one => one.sandbox !== undefined);
  if (made.length === 0) return null;
  const { sandbox } = run.request.plan;
  const { cpus, memoryBytes, diskBytes } = run.limits;
  const accepted = made.some(one => one.sandbox?.isolation === 'accepted');
  return {
    kind: sandbox.kind,
    isolation: accepted ? 'accepted' : 'proved',
    acceptedReason: accepted ? sandbox.acceptReason : null,
    image: sandbox.image,
    cpus,
    memoryBytes,
    diskBytes,
    cache: 'unknown',
    networkAttempts: made.reduce((sum, one) => sum + (one.sandbox?.networkAttempts() ?? 0), 0),
  };
}

function isolationOf(run: DrillRun): DrillRecord['isolation'] {
  return sandboxOf(run)?.isolation ?? 'not-proved';
}

function serviceOf(one: ComponentRun): DrillRecord['services'] {
  if (one.prepared === undefined) return [];
  const { engine, major, settings, tools } = one.prepared;
  const version = tools.find(tool => tool.name === engine)?.version ?? String(major);
  return [{ component: one.component.name, engine, version, settings: { ...settings } }];
}

function toolsOf(run: DrillRun): DrillRecord['tools'] {
  const all = run.components.flatMap(one => [...(one.prepared?.tools ?? []), ...(one.restored?.tools ?? [])]);
  return [...new Map(all.map(tool => [`${tool.name} ${tool.version}`, { name: tool.name, version: tool.version }])).values()];
}

function sweptOf({ failureInstant }: DrillRun, { component, point, verdict, durationMs, run }: SweptPoint): DrillRecord['sweep'][number] {
  const { id, consistentAt, availableAt } = point;
  const ageMs = consistentAt === null ? null : Math.max(0, Date.parse(failureInstant) - Date.parse(consistentAt));
  return { component, point: id, consistentAt, availableAt, ageMs, verdict, durationMs, findings: findingsOf(run) };
}

function findingsOf(run: Pick<DrillRun, 'findings'>): DrillRecord['findings'] {
  return [...run.findings]
    .sort((a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome))
    .map(found => ({ ...found, latencyMs: whole(found.latencyMs), sentence: sentenceOf(found) }));
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

function accessOf(run: DrillRun, one: ComponentRun): DrillRecord['access'] {
  if (one.listing === undefined) return [];
  const object = `${one.component.name} backups of ${run.request.plan.plan}`;
  return [{ object, role: 'backup-reader', secret: one.secrets.length === 0 ? null : one.secrets.join(', ') }];
}

function destroyedOf(run: DrillRun): DrillRecord['destroyed'] {
  const all = everyComponent(run).flatMap(one => (one.destroyed === undefined ? [] : [one.destroyed]));
  const last = all.at(-1);
  if (last === undefined) return null;
  const sum = (key: 'processes' | 'mounts' | 'bytes'): number => all.reduce((total, one) => total + one[key], 0);
  return { at: last.at, verified: all.every(one => one.verified), processes: sum('processes'), mounts: sum('mounts'), bytes: sum('bytes') };
}
