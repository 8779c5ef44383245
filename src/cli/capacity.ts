import type { App } from '../app.ts';
import { median } from '../measurement/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import { capacityOf, type PlanLoad, type SiteCapacity } from '../schedule/capacity.ts';
import { plansOf } from '../schedule/period.ts';
import { drillSchedule, occurrencesBetween } from '../schedule/schedule.ts';
import { history } from '../store/drills.ts';
import type { Ledger } from '../store/ledger.ts';
import { capacityText } from './capacity-text.ts';
import { ledgerIfAny, readPlans } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { terminalOf } from './terminal.ts';

const DAY_MS = 86_400_000;
/** A plan that was never drilled: a guess, and said as one. */
const ASSUMED_MS = 30 * 60_000;
/** The newest drills of a plan whose median counts. */
const LOOKED_AT = 9;

interface CapacityOptions {
  readonly workers: string;
  readonly slots: string;
  readonly json?: boolean;
}

/** What was simulated, and what came of it. */
export interface Capacity {
  readonly workers: number;
  readonly slots: number;
  /** ISO; the simulated time. */
  readonly from: string;
  readonly to: string;
  /** Plans whose duration is a guess. */
  readonly estimated: readonly string[];
  readonly assumedMs: number;
  readonly sites: readonly SiteCapacity[];
}

/** `resurgam capacity`: whether the drills of all plans fit the workers. */
export const capacityCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('capacity')
    .description('whether the drills of all plans fit the workers, and how many would be needed')
    .option('--workers <n>', 'workers at each site', '1')
    .option('--slots <n>', 'drills that one worker runs at once', '1')
    .option('--json', 'one JSON object for machines')
    .action(async (options: CapacityOptions) => {
      const capacity = await readCapacity(app, { workers: whole('--workers', options.workers), slots: whole('--slots', options.slots) });
      const fits = capacity.sites.every(site => site.fits && site.impossible.length === 0);
      exit(fits ? EXIT.passed : EXIT.objectiveMissed);
      if (options.json === true) process.stdout.write(`${JSON.stringify(capacity, null, 2)}\n`);
      else process.stdout.write(capacityText(capacity, terminalOf(process.stdout, process.env)));
    });
};

function whole(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw new CommandError(`${option}: expected a whole number from 1, got ${text}`, { exitCode: EXIT.usage });
}

async function readCapacity(app: App, workforce: { readonly workers: number; readonly slots: number }): Promise<Capacity> {
  const read = await readPlans(app);
  // Whole days from the next midnight on: the same answer all day long.
  const from = (Math.floor(Date.parse(app.now()) / DAY_MS) + 1) * DAY_MS;
  const scheduleOf = (plan: Plan): ReturnType<typeof drillSchedule> =>
    drillSchedule(
      plan,
      plansOf(read, plan.client).blackouts.filter(({ systems }) => systems.includes(plan.plan)),
    );
  const to = from + cycleDays(read.plans.map(scheduleOf), from) * DAY_MS;
  const ledgers = new Map<string, Ledger | undefined>();
  const loads: PlanLoad[] = [];
  for (const plan of read.plans) {
    if (!ledgers.has(plan.client)) ledgers.set(plan.client, await ledgerIfAny(app, plan.client));
    const measured = await durationOf(ledgers.get(plan.client), plan.plan);
    const occurrences = occurrencesBetween(scheduleOf(plan), new Date(from), new Date(to));
    const basis = measured === undefined ? 'estimated' : 'measured';
    loads.push({ plan: plan.plan, site: plan.site, occurrences, durationMs: measured ?? ASSUMED_MS, basis });
  }
  const estimated = loads.filter(({ basis }) => basis === 'estimated').map(({ plan }) => plan);
  const sites = capacityOf(loads, workforce);
  return { ...workforce, from: iso(from), to: iso(to), estimated, assumedMs: ASSUMED_MS, sites };
}

/** A week, or four of them if the drills of a plan are further apart. */
function cycleDays(schedules: readonly ReturnType<typeof drillSchedule>[], from: number): number {
  const sparse = schedules.some(one => occurrencesBetween(one, new Date(from), new Date(from + 8 * DAY_MS)).length === 0);
  return sparse ? 28 : 7;
}

/** The median of the newest drills that measured themselves: from the clock start to the end of the last phase, or of the last further point. */
async function durationOf(ledger: Ledger | undefined, plan: string): Promise<number | undefined> {
  if (ledger === undefined) return undefined;
  const durations: number[] = [];
  for await (const { record } of history(ledger, plan)) {
    const ends = record?.phases.map(({ startMs, durationMs }) => startMs + durationMs) ?? [];
    // Further points have no phases in the record, and some of them are proved before the last phase: the clock says when all of it was over.
    if (record !== undefined && record.sweep.length > 0) ends.push(Date.parse(record.endedAt) - Date.parse(record.startedAt));
    if (ends.length > 0) durations.push(Math.max(...ends));
    if (durations.length === LOOKED_AT) break;
  }
  return durations.length === 0 ? undefined : Math.round(median(durations));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
