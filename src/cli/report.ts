import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { parseCheckpoint } from '../evidence/checkpoint.ts';
import type { PrintedDrill } from '../evidence/record.ts';
import { finishedDrills, readRecord } from '../store/drills.ts';
import { readCheckpoints } from '../store/ledger-folder.ts';
import type { Ledger } from '../store/ledger.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';
import { existingLedger } from './key.ts';
import { drillSummary } from './summary.ts';
import { terminalOf } from './terminal.ts';
import { writeReport } from './write-report.ts';

interface ReportOptions {
  readonly client?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `resurgam report [drill or plan]`: what an earlier drill found, as text, and its page written anew. */
export const reportCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('report [drill]')
    .description('show an earlier drill again, by its id or the newest of a plan, and write its page')
    .option('--client <id>', 'whose; needed if there are several')
    .option('--out <file>', 'where to write the page')
    .option('--json', 'print the record instead')
    .action(async (wanted: string | undefined, options: ReportOptions) => {
      const ledger = await existingLedger(app, options.client);
      const record = await recordOf(ledger, wanted);
      exit(EXIT.passed);
      if (options.json === true) return void process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
      process.stdout.write(await shown(app, { ledger, record, out: options.out }));
    });
};

async function shown(app: App, of: { ledger: Ledger; record: PrintedDrill; out: string | undefined }): Promise<string> {
  const { ledger, record, out } = of;
  const file = out === undefined ? {} : { file: resolve(out) };
  const reportFile = await writeReport({ app, ledger, record, systemName: record.plan, timeZone: 'UTC', ...file });
  const terminal = terminalOf(process.stdout, process.env);
  return drillSummary(record, { terminal, systemName: record.plan, reportFile, ledgerFolder: ledger.paths.folder, exitCode: null });
}

/** The record as it was signed; a record that is gone or was changed is never shown. */
async function recordOf(ledger: Ledger, wanted: string | undefined): Promise<PrintedDrill> {
  const all = finishedDrills(ledger);
  const mark = all.find(one => wanted === undefined || one.drill === wanted) ?? all.find(one => one.plan === wanted);
  if (mark === undefined) {
    throw new CommandError(wanted === undefined ? 'no drill was finished yet' : `no drill ${wanted}`, {
      exitCode: EXIT.usage,
      hint: 'See `resurgam history` for the drills that there are.',
    });
  }
  const record = await readRecord(ledger, mark.drill);
  if (record === undefined) {
    throw new CommandError(`the record of ${mark.drill} is gone, or is not the one that was signed`, {
      exitCode: EXIT.failed,
      hint: `Run \`resurgam verify ${ledger.client}\`.`,
    });
  }
  return { ...record, ledger: { seq: mark.seq, ...(await checkpointAfter(ledger, mark.seq)) } };
}

/** The first checkpoint that covers the drill's entry. */
async function checkpointAfter(ledger: Ledger, seq: number): Promise<{ size: number; root: string }> {
  const kept = (await readCheckpoints(ledger.paths)).map(({ text }) => parseCheckpoint(text));
  const { size, root } = kept.find(one => one.size > seq) ?? ledger.position();
  return { size, root };
}
