import { acceptanceSeries, finishedDrills, history } from '../store/drills.ts';
import type { Ledger } from '../store/ledger.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { historyText } from './history-text.ts';
import { existingLedger } from './key.ts';
import { terminalOf } from './terminal.ts';

interface HistoryOptions {
  readonly client?: string;
  readonly json?: boolean;
  readonly accept?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly last: string;
}

/** `resurgam history [plan]`: past drills; with `--accept` a person makes what a drill found the new normal. */
export const historyCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('history [plan]')
    .description('past drills with their verdicts and figures')
    .option('--client <id>', 'whose; needed if there are several')
    .option('--last <n>', 'so many', '20')
    .option('--json', 'one JSON array for machines')
    .option('--accept <drill>', 'accept what this drill found as the new normal (a table that was removed on purpose, say)')
    .option('--by <contact>', 'with --accept: who accepts it')
    .option('--reason <text>', 'with --accept: why')
    .action(async (plan: string | undefined, options: HistoryOptions) => {
      const ledger = await existingLedger(app, options.client);
      exit(EXIT.passed);
      if (options.accept === undefined) return show(ledger, plan, options);
      await accept(ledger, options);
      process.stdout.write(`accepted: the next drill is compared with ${options.accept}\n`);
    });
};

async function show(ledger: Ledger, plan: string | undefined, options: HistoryOptions): Promise<void> {
  const records: DrillRecord[] = [];
  const altered: string[] = [];
  const most = Number.parseInt(options.last, 10);
  for await (const { mark, record } of history(ledger, plan)) {
    if (records.length + altered.length >= most) break;
    if (record === undefined) altered.push(mark.drill);
    else records.push(record);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(records, null, 2)}\n`);
  else process.stdout.write(historyText({ plan: plan ?? null, records, altered }, terminalOf(process.stdout, process.env)));
}

/** Signed with name and reason: from now on the next drill is compared with what this one saw. */
async function accept(ledger: Ledger, { accept: drill = '', by, reason }: HistoryOptions): Promise<void> {
  if (by === undefined || reason === undefined || reason.trim() === '') {
    throw new CommandError('--accept: expected --by and --reason', {
      exitCode: EXIT.usage,
      hint: 'Say who accepts it, and why: it is signed.',
    });
  }
  const mark = finishedDrills(ledger).find(one => one.drill === drill);
  if (mark === undefined) throw new CommandError(`no drill ${drill}`, { exitCode: EXIT.usage, hint: 'See `resurgam history`.' });
  const series = acceptanceSeries(mark.plan, drill);
  await ledger.append({ type: 'baseline-reset', actor: { kind: 'person', id: by }, fields: { series, reason, by } });
  await ledger.checkpoint();
}
