import type { App } from '../app.ts';
import type { Reconciliation } from '../store/endings.ts';
import { readEndings, type EndedOccurrence } from '../store/endings.ts';
import { clientOf, ledgerIfAny, readPlans } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { scheduleText } from './schedule-text.ts';
import { terminalOf } from './terminal.ts';

const DAY_MS = 86_400_000;

interface ScheduleOptions {
  readonly client?: string;
  readonly days: string;
  readonly json?: boolean;
}

/** How a client's drills stand. */
export interface ClientSchedule {
  readonly client: string;
  /** Of the client. */
  readonly timeZone: string;
  readonly from: string;
  readonly to: string;
  readonly now: string;
  readonly occurrences: readonly EndedOccurrence[];
  readonly reconciliation: Reconciliation;
}

/** `resurgam schedule`: what is due when, and how what was due ended. */
export const scheduleCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('schedule')
    .description('which drills are due when, how those of the last days ended, and whether the figures add up')
    .option('--client <id>', 'whose; else all')
    .option('--days <n>', 'so many days back and ahead', '7')
    .option('--json', 'one JSON object for machines')
    .action(async (options: ScheduleOptions) => {
      const schedules = await readSchedules(app, options);
      exit(schedules.every(({ reconciliation }) => reconciliation.whole) ? EXIT.passed : EXIT.objectiveMissed);
      if (options.json === true) process.stdout.write(`${JSON.stringify({ clients: schedules }, null, 2)}\n`);
      else process.stdout.write(scheduleText(schedules, terminalOf(process.stdout, process.env)));
    });
};

async function readSchedules(app: App, { client, days }: ScheduleOptions): Promise<readonly ClientSchedule[]> {
  const span = Number(days);
  if (!Number.isInteger(span) || span < 1 || span > 3660) {
    throw new CommandError(`--days: expected a whole number of days, got ${days}`, { exitCode: EXIT.usage, hint: 'Give 7, for example.' });
  }
  const read = await readPlans(app);
  const names = client === undefined ? [...new Set(read.plans.map(plan => plan.client))].sort() : [client];
  const now = app.now();
  const [from, to] = [iso(Date.parse(now) - span * DAY_MS), iso(Date.parse(now) + span * DAY_MS)];
  const schedules: ClientSchedule[] = [];
  for (const name of names) {
    const ledger = await ledgerIfAny(app, name);
    if (ledger === undefined) continue;
    const endings = await readEndings(ledger, from, to);
    const timeZone = clientOf(read, name)?.timezone ?? 'UTC';
    const occurrences = endings.occurrences(now);
    schedules.push({ client: name, timeZone, from, to, now, occurrences, reconciliation: endings.reconciliation(now) });
  }
  if (client !== undefined && schedules.length === 0) {
    throw new CommandError(`no ledger of client ${client}`, { exitCode: EXIT.usage, hint: 'It begins with the first schedule or drill.' });
  }
  return schedules;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
