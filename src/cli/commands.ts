import type { Command } from 'commander';
import type { App } from '../app.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { drainCommand } from './drain.ts';
import { drillCommand } from './drill.ts';
import { historyCommand } from './history.ts';
import { initCommand } from './init.ts';
import { keyCommand } from './key.ts';
import { machineCommand } from './machine.ts';
import { recoverCommand } from './recover.ts';
import { reportCommand } from './report.ts';
import { runbookCommand } from './runbook.ts';
import { schemaCommand } from './schema.ts';
import { verifyCommand } from './verify.ts';
import { capacityCommand } from './capacity.ts';
import { doctorCommand } from './doctor.ts';
import { escalationCommand } from './escalation.ts';
import { pingKeyCommand } from './ping-key.ts';
import { scheduleCommand } from './schedule.ts';
import { skipCommand } from './skip.ts';
import { stateCommand } from './state.ts';
import { statusCommand } from './status.ts';
import { wrapCommand } from './wrap.ts';
import { serveCommand, workCommand } from './serve.ts';

export interface CommandContext {
  readonly app: App;
  /** Sets the program's exit code; the last word counts. */
  readonly exit: (code: number) => void;
}

export type RegisterCommand = (program: Command, context: CommandContext) => void;

/** In the order of `--help`: what a person meets first comes first. */
export const commands: readonly RegisterCommand[] = [
  demoCommand,
  initCommand,
  checkCommand,
  drillCommand,
  historyCommand,
  reportCommand,
  runbookCommand,
  recoverCommand,
  verifyCommand,
  keyCommand,
  serveCommand,
  statusCommand,
  escalationCommand,
  scheduleCommand,
  skipCommand,
  wrapCommand,
  pingKeyCommand,
  workCommand,
  drainCommand,
  machineCommand,
  capacityCommand,
  doctorCommand,
  stateCommand,
  schemaCommand,
];
