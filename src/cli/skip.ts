import type { App } from '../app.ts';
import { skip } from '../store/occurrences.ts';
import type { OpenOccurrence } from '../store/schedule-index.ts';
import { clientOf, ledgerIfAny, planNamed, readPlans } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { localTime } from './local-time.ts';

interface SkipOptions {
  readonly at: string;
  readonly reason: string;
  readonly by: string;
}

/** `resurgam skip <plan>`: a person calls off a drill before it is due; who and why is signed. */
export const skipCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('skip <plan>')
    .description('call off a drill before it is due; who and why is signed')
    .option('--at <dueAt>', 'which: the moment at which it is due, or next', 'next')
    .requiredOption('--reason <text>', 'why; one line')
    .requiredOption('--by <contact>', 'who approves it: a contact of the client')
    .action(async (name: string, options: SkipOptions) => {
      const text = await skipOne(app, name, options);
      exit(EXIT.passed);
      process.stdout.write(text);
    });
};

async function skipOne(app: App, name: string, { at, reason, by }: SkipOptions): Promise<string> {
  const read = await readPlans(app);
  const plan = planNamed(read, name);
  const client = clientOf(read, plan.client);
  const ledger = await ledgerIfAny(app, plan.client);
  const waiting = ledger === undefined ? [] : [...ledger.index.schedule.waitingOf(name)];
  const wanted = chosen(waiting, at, app.now());
  if (ledger === undefined || wanted === undefined) {
    const which = at === 'next' ? 'nothing is scheduled' : `nothing is open that is due at ${at}`;
    throw new CommandError(`${name}: ${which}`, { exitCode: EXIT.usage, hint: 'See `resurgam schedule`.' });
  }
  const wish = { occurrence: wanted.id, reason, approvedBy: by, approvedAt: app.now() };
  const outcome = await skip(ledger, wish, { contacts: client?.contacts ?? {} });
  if ('refused' in outcome) {
    throw new CommandError(`${wanted.id} cannot be skipped: ${outcome.refused}`, {
      exitCode: EXIT.usage,
      hint: 'Skip a drill before it is due, in the name of a contact of client.yaml.',
    });
  }
  await ledger.checkpoint();
  return `skipped ${wanted.id}, due ${localTime(wanted.dueAt, plan.schedule.timezone)}: approved by ${by}\n`;
}

/** The next that is not due yet, or the one that is due at this moment in whatever way it is written. */
function chosen(waiting: readonly OpenOccurrence[], at: string, now: string): OpenOccurrence | undefined {
  const inOrder = waiting.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  if (at === 'next') return inOrder.find(({ dueAt }) => dueAt > now);
  return inOrder.find(({ dueAt }) => Date.parse(dueAt) === Date.parse(at));
}
