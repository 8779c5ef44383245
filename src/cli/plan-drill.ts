import { userInfo } from 'node:os';
import type { App } from '../app.ts';
import { noDrillEvents } from '../drill-events.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import { createProgress } from './progress.ts';
import { executeDrill, type DrillDone, type DrillOrder } from './run-drill.ts';

export interface PlanDrill {
  readonly plan: Plan;
  readonly client: Client | undefined;
  readonly trigger: DrillRecord['trigger'];
  readonly silent: boolean;
  /** The scheduled occurrence that it is an attempt at. */
  readonly occurrence?: string;
  /** Another point than the plan's rule picks. */
  readonly tried?: DrillOrder['tried'];
  /** What is denied to it. */
  readonly without?: DrillOrder['without'];
  readonly scenario?: DrillOrder['scenario'];
}

/** One drill with its progress on standard error. */
export async function drillPlan(
  app: App,
  { plan, client, trigger, silent, occurrence, tried = null, without = [], scenario = null }: PlanDrill,
): Promise<DrillDone> {
  const progress = silent ? undefined : createProgress({ stream: process.stderr, rtoMs: plan.contract.rtoMs });
  const say = (line: string): void => {
    if (progress === undefined) process.stderr.write(`${line}\n`);
    else progress.note(line);
  };
  try {
    return await executeDrill({
      app,
      plan,
      client,
      trigger,
      occurrence: occurrence ?? null,
      tried,
      without,
      scenario,
      person: person(client),
      events: progress ?? noDrillEvents,
      say,
    });
  } finally {
    progress?.done();
  }
}

/** Who typed it, if the client file knows somebody of that name: accounts are not contacts. */
function person(client: Client | undefined): string | null {
  const { username } = userInfo();
  return client !== undefined && username in client.contacts ? username : null;
}
