import { hostname } from 'node:os';
import { isSilent } from '../escalation/conditions-of.ts';
import { counted } from '../report/words.ts';
import { askToDrain, workers, type WorkerRow } from '../store/state/workers.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';

interface DrainOptions {
  readonly site?: string;
}

/** `resurgam drain`: a worker takes nothing new, finishes what it is at, and ends; asked from any machine. */
export const drainCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('drain [worker]')
    .description('let a worker take nothing new, finish what it is at, and end; without a name: the one of this machine')
    .option('--site <name>', 'every worker of this site, on whatever machine')
    .action(async (worker: string | undefined, options: DrainOptions) => {
      const state = await app.state();
      const now = app.now();
      const there = (await workers(state)).filter(row => row.state !== 'stopped' && !isSilent(row, now));
      for (const row of chosen(there, worker, options)) {
        refuseOld(row);
        await askToDrain(state, row.id, now);
        const at = row.doing.length === 0 ? 'is at nothing' : `is at ${row.doing.join(', ')}`;
        process.stdout.write(`${row.id} takes nothing new and ends by itself: it ${at}\n`);
      }
      exit(EXIT.passed);
    });
};

function chosen(there: readonly WorkerRow[], worker: string | undefined, { site }: DrainOptions): readonly WorkerRow[] {
  if (worker !== undefined && site !== undefined) throw refused('expected a worker or --site, got both', there);
  if (worker !== undefined) return oneOrMore(of(there, 'id', worker), `${worker}: no such worker was heard lately`, there);
  if (site !== undefined) return oneOrMore(of(there, 'site', site), `--site ${site}: no worker of that site was heard lately`, there);
  const here = of(there, 'host', hostname());
  if (here.length > 1) throw refused(`expected one worker on this machine, there are ${here.length}`, here);
  return oneOrMore(here, 'no worker of this machine was heard lately', there);
}

function of(rows: readonly WorkerRow[], field: 'id' | 'site' | 'host', value: string): readonly WorkerRow[] {
  return rows.filter(row => row[field] === value);
}

function oneOrMore(rows: readonly WorkerRow[], lacking: string, there: readonly WorkerRow[]): readonly WorkerRow[] {
  if (rows.length === 0) throw refused(lacking, there);
  return rows;
}

function refused(message: string, there: readonly WorkerRow[]): CommandError {
  const names = there.map(({ id, site }) => `${id} (${site})`).join(', ');
  const hint =
    there.length === 0 ? 'None is running: there is nothing to drain.' : `Name one of the ${counted(there.length, 'worker')}: ${names}.`;
  return new CommandError(message, { exitCode: EXIT.usage, hint });
}

/** It would never look whether it was asked. */
function refuseOld({ id, version, slots }: WorkerRow): void {
  if (slots !== null) return;
  throw new CommandError(`${id}: its release ${version} cannot be asked to drain`, {
    exitCode: EXIT.usage,
    hint: 'Stop it on its machine (SIGTERM): what it is at is signed as interrupted, and tried again.',
  });
}
