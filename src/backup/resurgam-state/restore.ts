import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { openFileSource, type ByteSource } from '../../system/range.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { BadStateBackup, STATE_FORMAT, type StateHeader } from '../state-backup.ts';
import { readStateBackup } from '../state-reading.ts';
import type { RestoreTarget } from '../target.ts';
import { refusedSteps } from './known-steps.ts';
import { headerOf } from './look.ts';
import { asked, Refused } from './refusal.ts';
import { Sum } from './sum.ts';
import { COLUMNS, insertStatement, LIST_OF_STEPS, numberStatement, SCHEMA, stepStatement, sumStatement, tablesOf } from './tables.ts';
import { LONGEST_LINE, textOf } from './unpack.ts';
import { findingOfFault } from './whole.ts';

const PROBE = 'restore';

/** One restore on its way. */
interface Run {
  readonly staged: Staged;
  readonly source: ByteSource;
  readonly target: RestoreTarget;
  readonly stop: AbortSignal;
}

/** Makes the tables as our releases made them, puts every row back, and compares what is there then. Bad bytes are findings. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  await using source = await openFileSource(join(staged.folder, String(staged.handle['file'])));
  const run = { staged, source, target, stop };
  let header: StateHeader | undefined;
  try {
    header = await headerOf(source, stop);
    const refused = header.format === STATE_FORMAT ? refusedSteps(header.steps, header.migration) : oldFormat(header);
    if (refused !== undefined) return answer(run, header, { findings: [refused], made: false });
    await refuseIfNotEmpty(run);
    await makeTables(run, header);
    const findings = await fill(run, header);
    return answer(run, header, {
      findings: findings.length === 0 ? [finding('restore.ok', 'passed', { probe: PROBE })] : findings,
      made: true,
    });
  } catch (error) {
    if (error instanceof BadStateBackup) return answer(run, header, { findings: [findingOfFault(error)], made: header !== undefined });
    if (error instanceof Refused) return answer(run, header, { findings: [error.found], made: true });
    throw error;
  }
}

/** Before format 2 a backup did not say how its tables are made: only the release knows. */
function oldFormat({ format }: StateHeader): Finding {
  return finding('backup.unsupported', 'inconclusive', { probe: PROBE, object: format });
}

function answer(
  run: Run,
  header: StateHeader | undefined,
  come: { readonly findings: readonly Finding[]; readonly made: boolean },
): Restored {
  const tables = header === undefined ? [] : tablesOf(header).map(([name, { rows }]) => [`${SCHEMA}.${name}`, rows] as const);
  return {
    findings: come.findings,
    tools: [{ name: 'resurgam-state', version: STATE_FORMAT }],
    usable: come.made && run.target.server?.alive() === true,
    says: { database: run.target.server?.database, rowsByTable: Object.fromEntries(tables), tocTables: tables.map(([name]) => name) },
  };
}

/** A finding about data that were there before would be worth nothing. Throws BackupError. */
async function refuseIfNotEmpty({ target, stop }: Run): Promise<void> {
  const [row] = await asked(target, { text: `select to_regnamespace('${SCHEMA}') is null as free`, of: SCHEMA }, stop);
  if (row?.['free'] !== true)
    throw new BackupError('tool-failed', 'the database to restore into is not empty', { hint: 'Restore into a new sandbox.' });
}

async function makeTables({ target, stop }: Run, header: StateHeader): Promise<void> {
  if (header.format !== STATE_FORMAT) return;
  await asked(target, { text: `create schema ${SCHEMA}`, of: SCHEMA }, stop);
  await asked(target, { text: LIST_OF_STEPS, of: 'resurgam_migration' }, stop);
  for (const step of header.steps) {
    const of = `step ${step.number}`;
    await asked(target, { text: stepStatement(step), of }, stop);
    const text = `insert into ${SCHEMA}.resurgam_migration (number, name) values ($1, $2)`;
    await asked(target, { text, values: [step.number, step.name], of }, stop);
  }
}

/** Every row of the backup, then the comparison. */
async function fill(run: Run, header: StateHeader): Promise<readonly Finding[]> {
  const { target, stop, source, staged } = run;
  const there = await asked(target, { text: COLUMNS, of: SCHEMA }, stop);
  const known = new Set(there.map(row => `${String(row['table'])}.${String(row['column'])}`));
  const unknown = tablesOf(header).filter(([table, { columns }]) => !columns.every(column => known.has(`${table}.${column}`)));
  if (unknown.length > 0)
    return [finding('restore.corrupt', 'failed', { probe: PROBE, unit: 'unknown tables', expected: 0, observed: unknown.length })];
  const sums = new Map(tablesOf(header).map(([table]) => [table, new Sum()]));
  const take = async (table: string, lines: readonly string[]): Promise<void> => {
    const text = insertStatement(table, header.tables[table]?.columns ?? []);
    for (const line of lines) sums.get(table)?.add(line);
    await asked(target, { text, values: [`[${lines.join(',')}]`], of: `${SCHEMA}.${table}` }, stop);
  };
  const progress = (doneBytes: number): void => target.progress({ phase: PROBE, doneBytes, totalBytes: staged.bytes });
  await readStateBackup(textOf(source, stop, progress), take, LONGEST_LINE);
  for (const row of there.filter(one => one['numbered'] === true)) {
    const table = String(row['table']);
    await asked(target, { text: numberStatement(table, String(row['column'])), of: `${SCHEMA}.${table}` }, stop);
  }
  return compared(run, header, sums);
}

/** What came back, as the tables themselves say it, against what the backup holds. */
async function compared({ target, stop }: Run, header: StateHeader, sums: ReadonlyMap<string, Sum>): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [table, { columns }] of tablesOf(header)) {
    const object = `${SCHEMA}.${table}`;
    const expected = sums.get(table) ?? new Sum();
    const [row] = await asked(target, { text: sumStatement(table, columns), of: object }, stop);
    const rows = Number(row?.['rows']);
    const facts = { probe: PROBE, object };
    if (rows !== expected.rows)
      findings.push(finding('restore.rows-differ', 'failed', { ...facts, unit: 'rows', expected: expected.rows, observed: rows }));
    else if (row?.['sum'] !== expected.sum) findings.push(finding('restore.rows-differ', 'failed', { ...facts, unit: 'content' }));
  }
  return findings;
}
