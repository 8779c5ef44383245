import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runDemo } from '../demo/demo.ts';
import type { RegisterCommand } from './commands.ts';
import { planOf, summaryOf } from './drill.ts';
import { EXIT } from './exit.ts';
import { drillPlan } from './plan-drill.ts';

/** `resurgam demo`: a clinic that does not exist, three nights of real backups of it, three drills. */
export const demoCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('demo')
    .description('make a clinic database, back it up with pg_dump, and drill a good backup and two bad ones')
    .action(async () => {
      const checkout = fileURLToPath(new URL('../../', import.meta.url));
      const home = join(checkout, '.cache', 'demo', 'home');
      const demo = app.at(home);
      const asExpected = await runDemo({
        checkout,
        home,
        stop: app.stop,
        say: line => void process.stdout.write(`${line}\n`),
        drill: async planFile => {
          const { plan, client } = await planOf(demo, planFile);
          const done = await drillPlan(demo, { plan, client, trigger: 'manual', silent: false });
          process.stdout.write(summaryOf(demo, plan, done));
          const { printed } = done.outcome;
          return { ...done, verdict: printed.verdict, reasons: printed.reasons };
        },
      });
      exit(app.stop.aborted ? EXIT.interrupted : asExpected ? EXIT.passed : EXIT.failed);
    });
};
