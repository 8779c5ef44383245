import { Counter, Gauge, Registry } from 'prom-client';
import type { SiteDepth } from '../store/queue/queue.ts';
import { countUndelivered, readDueBySite, readOverview, type Overview } from '../store/state/overview.ts';
import type { PlanRow } from '../store/state/plans.ts';
import type { State } from '../store/state/state.ts';

/** What the metrics are made of. Only plans that are known have samples: a plan that was removed goes. */
export interface Measured {
  readonly now: string;
  readonly plans: readonly PlanRow[];
  readonly overview: Overview;
  readonly queue: readonly SiteDepth[];
  readonly undelivered: number;
}

/** What the metrics are read from. */
export interface MetricsOf {
  readonly state: State;
  readonly now: string;
  readonly plans: readonly PlanRow[];
  /** Of the queue that several machines share; undefined: there is but one, and what is due waits for it. */
  readonly depth: (() => Promise<readonly SiteDepth[]>) | undefined;
}

/** What Prometheus reads. */
export interface Metrics {
  readonly contentType: string;
  /** Reads the state once, however many ask at the same time. Rejects with StoreError when the state cannot be reached. */
  text(of: MetricsOf): Promise<string>;
}

const SEVERITIES = ['P1', 'P2', 'P3', 'P4'] as const;

/** Metrics with a registry of their own: two servers in one process do not mix. */
export function operationMetrics(version: string): Metrics {
  const registry = new Registry();
  const gauges = makeGauges(registry);
  gauges.build.set({ version }, 1);
  let reading: Promise<string> | undefined;
  return {
    contentType: registry.contentType,
    text: of => {
      reading ??= read(of)
        .then(measured => {
          fill(gauges, measured);
          return registry.metrics();
        })
        .finally(() => (reading = undefined));
      return reading;
    },
  };
}

async function read({ state, now, plans, depth }: MetricsOf): Promise<Measured> {
  const overview = await readOverview(state, plans);
  const queue = await (depth === undefined ? readDueBySite(state, now) : depth());
  return { now, plans, overview, queue, undelivered: await countUndelivered(state) };
}

function makeGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `resurgam_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const plan = ['client', 'plan'] as const;
  return {
    build: gauge('build_info', 'Version of Resurgam; always 1.', ['version']),
    lastPass: gauge(
      'last_pass_timestamp_seconds',
      'When the last drill of the plan that passed had ended, in Unix seconds. No sample: none ever passed.',
      plan,
    ),
    pointAge: gauge(
      'recovery_point_age_seconds',
      'Age of the newest valid recovery point of a component, in seconds. No sample: none is known.',
      [...plan, 'component'],
    ),
    recoveryTime: gauge(
      'recovery_time_seconds',
      'Recovery time that the last conclusive drill measured, in seconds. No sample: it measured none.',
      plan,
    ),
    rto: gauge('recovery_time_target_seconds', 'Recovery time objective of the plan, in seconds.', plan),
    rpo: gauge('recovery_point_age_target_seconds', 'Recovery point objective of the plan, in seconds.', plan),
    escalations: gauge('open_escalations', 'Escalations that are not resolved, by severity.', ['client', 'severity']),
    queue: gauge('queue_depth', 'Drills of a site that are due and wait for a worker, and those that one is at.', ['site', 'state']),
    undelivered: gauge('undelivered_messages', 'Messages to people that were not delivered yet.', []),
    heartbeat: gauge('worker_heartbeat_age_seconds', 'Time since the last heartbeat of a worker that was not stopped, in seconds.', [
      'worker',
      'site',
    ]),
    drills: new Counter({
      name: 'resurgam_drills_total',
      help: 'Finished drills by verdict, since the first one.',
      labelNames: [...plan, 'verdict'],
      registers: [registry],
    }),
  };
}

type Gauges = ReturnType<typeof makeGauges>;

/** Everything anew: what is not there any more leaves no sample behind. */
function fill(gauges: Gauges, measured: Measured): void {
  for (const [name, each] of Object.entries(gauges)) if (name !== 'build') each.reset();
  const keys = new Set(measured.plans.map(keyOf));
  fillPlans(gauges, measured);
  fillDrills(gauges, measured, keys);
  fillMatters(gauges, measured);
  const nowMs = Date.parse(measured.now);
  for (const { client, plan, component, newestAt } of measured.overview.checks) {
    if (newestAt !== null) gauges.pointAge.set({ client, plan, component }, ageSeconds(newestAt, nowMs));
  }
  for (const { id, site, state, heartbeatAt } of measured.overview.workers) {
    if (state !== 'stopped') gauges.heartbeat.set({ worker: id, site }, ageSeconds(heartbeatAt, nowMs));
  }
  fillQueue(gauges, measured);
  gauges.undelivered.set(measured.undelivered);
}

/** That nothing waits at a site is known, not absent: then the sample is 0. */
function fillQueue({ queue }: Gauges, measured: Measured): void {
  for (const site of new Set(measured.plans.map(plan => plan.site))) {
    queue.set({ site, state: 'waiting' }, 0);
    queue.set({ site, state: 'running' }, 0);
  }
  for (const { site, waiting, running } of measured.queue) {
    queue.set({ site, state: 'waiting' }, waiting);
    queue.set({ site, state: 'running' }, running);
  }
}

function keyOf({ client, plan }: { readonly client: string; readonly plan: string }): string {
  return `${client}/${plan}`;
}

function ageSeconds(at: string, nowMs: number): number {
  return Math.max(0, nowMs - Date.parse(at)) / 1_000;
}

function fillPlans(gauges: Gauges, { plans }: Measured): void {
  for (const { client, plan, rtoMs, rpoMs } of plans) {
    gauges.rto.set({ client, plan }, rtoMs / 1_000);
    gauges.rpo.set({ client, plan }, rpoMs / 1_000);
  }
}

function fillDrills(gauges: Gauges, { overview }: Measured, keys: ReadonlySet<string>): void {
  for (const series of overview.drills) {
    if (!keys.has(keyOf(series))) continue;
    const { client, plan, counts, conclusive, passing } = series;
    for (const [verdict, count] of Object.entries(counts)) gauges.drills.inc({ client, plan, verdict }, count);
    if (passing !== null) gauges.lastPass.set({ client, plan }, Date.parse(passing.endedAt) / 1_000);
    const ms = conclusive?.recoveryTimeMs ?? null;
    if (ms !== null) gauges.recoveryTime.set({ client, plan }, ms / 1_000);
  }
}

/** None open is known, not absent: then the sample is 0. */
function fillMatters(gauges: Gauges, { plans, overview }: Measured): void {
  const clients = new Set([...plans, ...overview.matters].map(one => one.client));
  for (const client of clients) for (const severity of SEVERITIES) gauges.escalations.set({ client, severity }, 0);
  for (const { client, severity } of overview.matters) gauges.escalations.inc({ client, severity });
}
