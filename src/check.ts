import { concludeCheck, type BackupCheck } from './backup/backup-check.ts';
import { jobState, type JobState } from './backup/job-state.ts';
import { checkEntry, checkRow, earlierSizes } from './check/check-row.ts';
import { inspectNewest } from './check/inspect.ts';
import { look } from './check/look.ts';
import { standingOf } from './check/standing.ts';
import type { CheckRequest, CheckTools, ComponentChecked, PlanChecked } from './check/tools.ts';
import type { BackupSection, Component } from './plan/plan.ts';
import {
  keepBackupCheck,
  lastBackupChecks,
  lastWithPoint,
  lockChecks,
  type BackupCheckRow,
  type CheckPlace,
} from './store/state/backup-checks.ts';
import { lastJobRuns } from './store/state/job-runs.ts';
import { putEntries } from './store/state/outbox.ts';
import { pingKeySince } from './store/state/ping-keys.ts';

export type { CheckRequest, CheckTools, ComponentChecked, PlanChecked } from './check/tools.ts';

/** So many checks are looked back at: half a day at the usual pace. */
const CHECKS_KEPT_IN_MIND = 50;
const RUNS_KEPT_IN_MIND = 30;

/**
 * The backup check of a plan: lists each component's store, looks whether the newest points are whole, concludes, keeps a row, and puts the
 * entry into the outbox of the same transaction (`drainOutbox` takes it to the ledger). Rejects with StoreError `state-unreachable` only: what is wrong with a store or its
 * backups is an answer.
 */
export async function runBackupCheck(request: CheckRequest, tools: CheckTools): Promise<PlanChecked> {
  const { plan, stop } = request;
  const at = tools.now();
  const components: ComponentChecked[] = [];
  for (const component of plan.components) {
    if (component.backup === null) continue;
    const checked = await checkComponent({ request, component, section: component.backup }, tools);
    if (checked !== undefined) components.push(checked);
  }
  return { client: plan.client, plan: plan.plan, at, components, stopped: isStopped(stop) };
}

interface Checking {
  readonly request: CheckRequest;
  readonly component: Component;
  readonly section: BackupSection;
}

/** A check that was stopped half way says nothing. */
async function checkComponent({ request, component, section }: Checking, tools: CheckTools): Promise<ComponentChecked | undefined> {
  const { plan, stop } = request;
  if (isStopped(stop)) return undefined;
  const place = { client: plan.client, plan: plan.plan, component: component.name };
  const looked = await look(section, stop, tools);
  if (isStopped(stop)) return undefined;
  const inspected = 'couldNot' in looked ? new Map<string, never>() : await inspectNewest({ place, section, listing: looked }, stop, tools);
  if (isStopped(stop)) return undefined;
  const at = tools.now();
  const { before, job } = await remembered(place, { section, now: at }, tools);
  const history = { sizes: earlierSizes(before), job };
  const check = concludeCheck({ component: component.name, looked, inspected, section, contract: plan.contract, now: at, history });
  return keep({ place, check, job, at, dueAt: request.dueAt }, tools);
}

interface Remembered {
  readonly before: readonly BackupCheckRow[];
  readonly job: JobState;
}

/** What earlier checks saw, and what the job said of itself. */
async function remembered(place: CheckPlace, at: { section: BackupSection; now: string }, { state }: CheckTools): Promise<Remembered> {
  return state.of(place.client, async tx => {
    const before = await lastBackupChecks(tx, place, CHECKS_KEPT_IN_MIND);
    const runs = await lastJobRuns(tx, place, RUNS_KEPT_IN_MIND);
    const expectedSince = await pingKeySince(tx, place);
    return { before, job: jobState(runs, at.section.job, { now: at.now, expectedSince }) };
  });
}

interface Keeping {
  readonly place: CheckPlace;
  readonly check: BackupCheck;
  readonly job: JobState;
  readonly at: string;
  readonly dueAt: string | null;
}

/**
 * The row and the entry come about together or not at all; the check before is read again, since another worker may have made one
 * meanwhile. Undefined if that one answered the same occurrence: one look must not count as two failures in a row.
 */
async function keep({ place, check, job, at, dueAt }: Keeping, tools: CheckTools): Promise<ComponentChecked | undefined> {
  return tools.state.of(place.client, async tx => {
    await lockChecks(tx, place);
    const before = await lastBackupChecks(tx, place, CHECKS_KEPT_IN_MIND);
    if (dueAt !== null && before.some(row => row.dueAt === dueAt)) return undefined;
    const row = checkRow(check, { plan: place.plan, component: place.component, at, dueAt, before });
    await keepBackupCheck(tx, place.client, row);
    const entry = checkEntry(row, before[0], tools.worker);
    if (entry !== undefined) await putEntries(tx, place.client, [entry]);
    const standing = standingOf([row, ...before], { lastWithPoint: await lastWithPoint(tx, place), job, now: at });
    return { component: place.component, check, standing, told: entry !== undefined };
  });
}

/** Asked again after every wait. */
function isStopped(stop: AbortSignal): boolean {
  return stop.aborted;
}
