import { loadPlans } from '../plan/read.ts';
import { hasError } from '../plan/load.ts';
import type { RegisterCommand } from './commands.ts';
import { EXIT } from './exit.ts';
import { problemsJson, problemsText } from './problems.ts';
import { terminalOf } from './terminal.ts';

/** `resurgam check [paths]`: every problem of every plan at once, with file, line and column. */
export const checkCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('check [paths...]')
    .description('read plans and say everything that is wrong with them, with line and column')
    .option('--json', 'one JSON object for machines')
    .action(async (paths: string[], options: { readonly json?: boolean }) => {
      const wanted = paths.length === 0 ? [app.plansFolder] : paths;
      const checked = await loadPlans(wanted, { files: app.planFiles, vocabulary: app.vocabulary });
      exit(hasError(checked.problems) ? EXIT.usage : EXIT.passed);
      process.stdout.write(options.json === true ? problemsJson(checked) : problemsText(checked, terminalOf(process.stdout, process.env)));
    });
};
