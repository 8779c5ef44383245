import type { App } from '../app.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { Client } from '../plan/client.ts';
import { DEPENDENCIES, isDependency, type Dependency } from '../plan/dependency.ts';
import type { Plan, Scenario } from '../plan/plan.ts';
import { findPlan } from '../plan/read.ts';
import { scenarioPlan } from '../plan/scenario-plan.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { problemsText } from './problems.ts';
import { findNewestGood } from './newest-good.ts';
import { newestGoodText } from './newest-good-text.ts';
import { drillPlan, type PlanDrill } from './plan-drill.ts';
import { evidenceFolder, type DrillDone } from './run-drill.ts';
import { drillSummary } from './summary.ts';
import { terminalOf } from './terminal.ts';

interface DrillOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly trigger: DrillRecord['trigger'];
  readonly occurrence?: string;
  readonly findNewestGood?: boolean;
  readonly without: readonly string[];
  readonly scenario?: string;
}

/** `resurgam drill <plan>`: restores the newest backup into a sandbox, asks, measures, signs. */
export const drillCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('drill [plan]')
    .description('restore what a plan backs up into a sandbox, ask it questions, measure, and sign the evidence')
    .option('--json', 'print the drill record as one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .option('--trigger <why>', 'manual, change or retest', 'manual')
    .option('--occurrence <id>', 'as an attempt at this occurrence of the schedule (see `resurgam schedule`)')
    .option('--find-newest-good', 'if the newest recovery point fails, drill older ones until the newest that comes back is known')
    .option('--without <dependency>', 'deny kms, identity, dns or site:NAME, and see which steps need it; may be repeated', append, [])
    .option('--scenario <name>', 'as if what this scenario of the plan says had happened')
    .action(async (name: string | undefined, options: DrillOptions) => {
      const { occurrence } = options;
      const without = dependenciesOf(options);
      const { plan, client } = await planOf(app, name ?? planOfOccurrence(occurrence));
      const scenario = options.scenario === undefined ? null : scenarioOf(plan, options.scenario);
      const order = {
        plan: scenario === null ? plan : scenarioPlan(plan, scenario),
        client,
        trigger: whyOf(options, scenario),
        without: scenario?.without ?? without,
        scenario,
        ...(occurrence === undefined ? {} : { occurrence }),
        silent: options.json === true || options.quiet === true,
      } as const;
      if (options.findNewestGood === true) {
        exit(await search(app, order, options));
        return;
      }
      const done = await drillPlan(app, order);
      exit(done.exitCode);
      if (options.json === true) process.stdout.write(`${JSON.stringify(done.outcome.printed, null, 2)}\n`);
      else process.stdout.write(summaryOf(app, plan, done));
    });
};

function append(one: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, one];
}

function whyOf({ without, occurrence, trigger }: DrillOptions, scenario: Scenario | null): DrillRecord['trigger'] {
  if (scenario !== null) return 'scenario';
  if (without.length > 0) return 'dependency-loss';
  return occurrence === undefined ? triggerOf(trigger) : 'schedule';
}

function scenarioOf({ plan, scenarios = [] }: Plan, name: string): Scenario {
  const found = scenarios.find(one => one.name === name);
  if (found !== undefined) return found;
  const names = scenarios.map(one => `"${one.name}"`);
  throw new CommandError(`--scenario: ${plan} has no scenario "${name}"`, {
    exitCode: EXIT.usage,
    hint: names.length === 0 ? 'Add scenarios: to the plan.' : `Name one of: ${names.join(', ')}.`,
  });
}

function dependenciesOf({ without, scenario, occurrence, findNewestGood = false }: DrillOptions): readonly Dependency[] {
  const unknown = without.find(one => !isDependency(one));
  if (unknown !== undefined) {
    throw new CommandError(`--without: unknown dependency ${unknown}`, {
      exitCode: EXIT.usage,
      hint: `Name one of: ${DEPENDENCIES} (what each denies: README, "What needs what").`,
    });
  }
  const own = [...(without.length > 0 ? ['--without'] : []), ...(scenario === undefined ? [] : ['--scenario'])];
  if (own.length > 1 || (own.length > 0 && (occurrence !== undefined || findNewestGood))) {
    throw new CommandError(`${own.join(' and ')}: a drill is of one kind`, {
      exitCode: EXIT.usage,
      hint: 'Name one of --without, --scenario, --occurrence and --find-newest-good; a scenario says itself what is not there.',
    });
  }
  return [...new Set(without.filter(isDependency))];
}

/** Every drill of the search is shown as it ends; with `--json` one object comes at the end. */
async function search(app: App, order: PlanDrill, { json = false, occurrence }: DrillOptions): Promise<number> {
  if (occurrence !== undefined) {
    throw new CommandError('--find-newest-good is no attempt at an occurrence', { exitCode: EXIT.usage, hint: 'Leave out --occurrence.' });
  }
  const found = await findNewestGood(app, order, done => {
    if (!json) process.stdout.write(summaryOf(app, order.plan, done));
  });
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : newestGoodText(found, terminalOf(process.stdout, process.env)));
  return found.exitCode;
}

/** `lakeside-ehr/drill@2026-11-01T08:00:00Z` says which plan is meant. */
function planOfOccurrence(occurrence: string | undefined): string {
  const plan = /^([a-z0-9-]+)\/drill@/.exec(occurrence ?? '')?.[1];
  if (plan !== undefined) return plan;
  const asked = occurrence === undefined ? 'which plan?' : `${occurrence} is no occurrence of a drill`;
  throw new CommandError(asked, { exitCode: EXIT.usage, hint: 'Name a plan, or an occurrence as `resurgam schedule` shows it.' });
}

function triggerOf(text: string): DrillRecord['trigger'] {
  if (text === 'manual' || text === 'change' || text === 'retest') return text;
  throw new CommandError(`unknown trigger ${text}`, { exitCode: EXIT.usage, hint: 'Name one of: manual, change, retest.' });
}

/** The plan that is meant, or every problem with it. Warnings are shown and do not stop a drill. */
export async function planOf(app: App, name: string): Promise<{ plan: Plan; client: Client | undefined }> {
  const library = { files: app.planFiles, vocabulary: app.vocabulary };
  const found = await findPlan(name, app.plansFolder, library);
  // Warnings belong to `resurgam check`: a drill that repeats them every night teaches people to look away.
  const errors = found.problems.filter(problem => problem.severity === 'error');
  if (errors.length > 0) process.stderr.write(problemsText({ problems: errors }, terminalOf(process.stderr, process.env)));
  if (found.plan === undefined) {
    throw new CommandError(`${name} cannot be drilled`, {
      exitCode: EXIT.usage,
      hint: 'Mend what is listed above, then run `resurgam check`.',
    });
  }
  return { plan: found.plan, client: found.client };
}

export function summaryOf(app: App, plan: Plan, { outcome, exitCode, reportFile }: DrillDone): string {
  return drillSummary(outcome.printed, {
    terminal: terminalOf(process.stdout, process.env),
    systemName: plan.system.name,
    reportFile,
    ledgerFolder: evidenceFolder(app, plan.client),
    exitCode,
  });
}
