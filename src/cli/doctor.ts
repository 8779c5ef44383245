import type { App } from '../app.ts';
import { isReady, type Part } from '../doctor/answer.ts';
import { examine } from '../doctor/doctor.ts';
import type { RegisterCommand } from './commands.ts';
import { doctorText } from './doctor-text.ts';
import { EXIT } from './exit.ts';
import { terminalOf } from './terminal.ts';

/** `resurgam doctor`: what is here, what is missing, what stops working without it, and what to do. */
export const doctorCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('doctor')
    .description('look at this installation: what is there, what is missing, and what to do about it')
    .option('--json', 'one JSON object for machines')
    .action(async (options: { readonly json?: boolean }) => {
      const parts = await examineApp(app);
      exit(isReady(parts) ? EXIT.passed : EXIT.inconclusive);
      if (options.json === true) process.stdout.write(`${doctorJson(app, parts)}\n`);
      else process.stdout.write(doctorText(parts, terminalOf(process.stdout, process.env)));
    });
};

function examineApp(app: App): Promise<readonly Part[]> {
  const { env, stop, homePath, plansFolder, backupTools, sandboxes, sharesLedgers } = app;
  const library = { files: app.planFiles, vocabulary: app.vocabulary };
  const openState = (): ReturnType<App['state']> => app.state();
  const givenServer = app.databaseUrl !== undefined;
  return examine({
    env,
    stop,
    homePath,
    plansFolder,
    library,
    backupTools,
    sandboxes,
    givenServer,
    sharesLedgers,
    openState,
    now: () => app.now(),
  });
}

function doctorJson(app: App, parts: readonly Part[]): string {
  const answers = parts.flatMap(({ title, answers: all }) => all.map(answer => ({ part: title, ...answer })));
  return JSON.stringify({ version: app.version, at: app.now(), ready: isReady(parts), answers }, null, 2);
}
