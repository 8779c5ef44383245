import type { BriefDrill, DrillSeries, MeasuredDrill } from '../../src/store/state/drills.ts';
import type { DueRow, LastCheck, OpenMatter, Overview } from '../../src/store/state/overview.ts';
import type { PlanRow } from '../../src/store/state/plans.ts';
import type { WorkerRow } from '../../src/store/state/workers.ts';

export const NOW = '2026-11-22T14:00:00.000Z';
const HOUR_MS = 3_600_000;

export function hoursAgo(hours: number): string {
  return new Date(Date.parse(NOW) - hours * HOUR_MS).toISOString();
}

export function planned(plan: string, changes: Partial<PlanRow> = {}): PlanRow {
  const row = {
    client: 'lakeside',
    plan,
    system: `System ${plan}`,
    tier: 1,
    site: 'rack',
    digest: 'a',
    components: ['database'],
    limits: null,
  };
  return { ...row, rtoMs: 4 * HOUR_MS, rpoMs: HOUR_MS, ...changes };
}

/** One drill, so many hours ago. */
export function drilled(plan: PlanRow, verdict: BriefDrill['verdict'], hours = 5): DrillSeries {
  const brief = { drill: `d-${plan.plan}`, verdict, endedAt: hoursAgo(hours), planDigest: 'a' };
  const conclusive: MeasuredDrill = { ...brief, recoveryTimeMs: 6_000, rtoMs: plan.rtoMs, rpaMs: 60_000, rpoMs: plan.rpoMs };
  return {
    client: plan.client,
    plan: plan.plan,
    counts: { passed: 0, 'objective-missed': 0, failed: 0, inconclusive: 0, [verdict]: 1 },
    last: brief,
    conclusive: verdict === 'inconclusive' ? null : conclusive,
    passing: verdict === 'passed' ? brief : null,
  };
}

export function checked(plan: PlanRow, hours: number | null, changes: Partial<LastCheck> = {}): LastCheck {
  const { client, plan: name } = plan;
  const newestAt = hours === null ? null : hoursAgo(hours);
  return { client, plan: name, component: 'database', outcome: 'passed', newestAt, ...changes };
}

export function dueIn(plan: PlanRow, hours: number): DueRow {
  const dueAt = hoursAgo(-hours);
  return {
    client: plan.client,
    plan: plan.plan,
    dueAt,
    lateAfter: hoursAgo(-hours - 6),
    state: 'waiting',
  };
}

export function matter(plan: string, severity: string, changes: Partial<OpenMatter> = {}): OpenMatter {
  const key = `lakeside/${plan}/drill-failed`;
  return { client: 'lakeside', escalation: `e-${plan}`, key, severity, state: 'open', openedAt: hoursAgo(2), ...changes };
}

export function worker(id: string, heartbeatHours: number, changes: Partial<WorkerRow> = {}): WorkerRow {
  const row = {
    id,
    site: 'rack',
    host: 'rack-2',
    pid: 1,
    version: '0.1.0',
    startedAt: hoursAgo(20),
    heartbeatAt: hoursAgo(heartbeatHours),
  };
  const room = { slots: 2, cpus: 4, memoryBytes: 16 * 2 ** 30, diskBytes: 80 * 2 ** 30 };
  return { ...row, ...room, intervalMs: 15_000, state: 'working', doing: [], drainAskedAt: null, ...changes };
}

export const NOTHING: Overview = { drills: [], checks: [], due: [], matters: [], calls: [], workers: [] };
