import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from '../app.ts';
import { runDemo } from '../demo/demo.ts';
import type { Plan } from '../plan/plan.ts';
import type { RegisterCommand } from './commands.ts';
import { planOf, summaryOf } from './drill.ts';
import { EXIT } from './exit.ts';
import { drillPlan } from './plan-drill.ts';
import type { DrillDone } from './run-drill.ts';
import { samplesTable } from './samples-table.ts';
import { terminalOf } from './terminal.ts';

/** `resurgam demo`: a clinic that does not exist, three nights of real backups of it, three drills; or all its systems, each drilled once. */
export const demoCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('demo')
    .description('make a clinic database, back it up with pg_dump, and drill a good backup and two bad ones')
    .option('--all', 'make and drill the sample systems instead: EHR, PACS, laboratory, interface engine, billing, directory')
    .action(async ({ all = false }: { readonly all?: boolean }) => {
      const checkout = fileURLToPath(new URL('../../', import.meta.url));
      const home = join(checkout, '.cache', 'demo', 'home');
      const asExpected = all ? await demoOfAll(app, { checkout, home }) : await demoOfOne(app, { checkout, home });
      exit(app.stop.aborted ? EXIT.interrupted : asExpected ? EXIT.passed : EXIT.failed);
    });
};

interface DemoPlace {
  readonly checkout: string;
  /** The RESURGAM_HOME of the demo's drills. */
  readonly home: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function demoOfOne(app: App, place: DemoPlace): Promise<boolean> {
  const demo = app.at(place.home);
  const drill = async (planFile: string): ReturnType<Parameters<typeof runDemo>[0]['drill']> => {
    const { plan, done } = await drilled(demo, planFile);
    process.stdout.write(summaryOf(demo, plan, done));
    const { printed } = done.outcome;
    return { ...done, verdict: printed.verdict, reasons: printed.reasons };
  };
  return runDemo({ ...place, stop: app.stop, say, drill });
}

async function demoOfAll(app: App, place: DemoPlace): Promise<boolean> {
  // Most commands need none of what makes the samples.
  const { runSamples, SAMPLES } = await import('../demo/samples.ts');
  const demo = app.at(place.home);
  const results = await runSamples({
    ...{ ...place, stop: app.stop, say },
    drill: async planFile => {
      const { plan, done } = await drilled(demo, planFile);
      const { verdict, recoveryTime } = done.outcome.printed;
      // What went well is told by its report; what did not, at once.
      if (verdict === 'passed') say(`    Verdict: passed. The report: ${done.reportFile}`);
      else process.stdout.write(summaryOf(demo, plan, done));
      return { verdict, recoveryMs: recoveryTime.ms };
    },
  });
  if (results.length === 0) return false;
  process.stdout.write(samplesTable(results, terminalOf(process.stdout, process.env)));
  const ledger = relative(place.checkout, join(place.home, 'ledger', 'lakeside'));
  say(`\nThe signed evidence (verify it with: npx resurgam verify ${ledger}):\n    ${join(place.home, 'ledger', 'lakeside')}`);
  return results.length === SAMPLES.length && results.every(({ verdict }) => verdict === 'passed');
}

/** One drill with its progress. */
async function drilled(demo: App, planFile: string): Promise<{ readonly plan: Plan; readonly done: DrillDone }> {
  const { plan, client } = await planOf(demo, planFile);
  return { plan, done: await drillPlan(demo, { plan, client, trigger: 'manual', silent: false }) };
}
