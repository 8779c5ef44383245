#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CommandError, EXIT, EXIT_HELP } from './cli/exit.ts';
import { commands } from './cli/commands.ts';
import { compose } from './compose.ts';
import { isHinted } from './system/hinted.ts';

/** argv → command → exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) return;
    process.stderr.write('\nStopping: the drill is being signed as stopped and its sandbox taken away …\n');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe has gone (`| head`): there is nobody left to tell.
    if (error.code === 'EPIPE') process.exit(EXIT.passed);
    throw error;
  });
  const app = compose({ env: process.env, stop: stop.signal });
  const program = new Command('resurgam')
    .description('Proves that a system can be recovered, in time, from the backups it really has.')
    .version(app.version)
    .showSuggestionAfterError(true)
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  let exitCode: number = EXIT.passed;
  for (const command of commands) command(program, { app, exit: code => (exitCode = code) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  } finally {
    await app.closeState();
  }
}

/** The outermost place: every error that a command could not handle is printed here, once. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
  if (error instanceof CommandError || isHinted(error)) {
    process.stderr.write(`resurgam: ${error.message}\n`);
    if (error.hint !== null && error.hint !== '') process.stderr.write(`  ${error.hint}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.inconclusive;
  }
  process.stderr.write(`resurgam: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.stderr.write('  This is a defect of Resurgam: please report it with the text above.\n');
  return EXIT.inconclusive;
}

process.exitCode = await main(process.argv.slice(2));
