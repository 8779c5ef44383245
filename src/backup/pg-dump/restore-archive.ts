import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import { openFileSource } from '../../system/range.ts';
import type { JailCommand, RefusedStatement } from '../target.ts';
import { readCommand } from './restore-command.ts';
import { ListReader, type ArchiveSays } from './restore-list.ts';
import type { OpenedArchive } from './restore-open.ts';
import { clientCommand, majorOf, type RestoreRun } from './restore-run.ts';
import { databaseNamed, isOfInterest, Survey } from './restore-survey.ts';
import { unknownExit } from '../opening.ts';
import { archiveTrouble, ignoredErrors, neededMajor } from './restore-tools.ts';
import { tarWhole } from './whole-tar.ts';
import { SqlScanner, type Piece } from './sql-scan.ts';
import { matches, quoted, tokensOf } from './sql-statement.ts';

const PROBE = 'restore';
const WATCH_MS = 1_000;

/** What an archive says before anything of it is restored. */
export interface ArchivePreview {
  readonly survey: Survey;
  readonly says: ArchiveSays;
  /** Settings and rights of the database as a whole, for the database into which it is restored. */
  readonly properties: readonly string[];
  /** Bad news, after which nothing is restored. */
  readonly findings: readonly Finding[];
}

/** pg_restore never ends over a tar that was cut off: it seeks for the next member for ever. So the members are counted first. */
export async function tarTrouble(archive: OpenedArchive): Promise<readonly Finding[]> {
  await using source = await openFileSource(archive.file);
  const whole = await tarWhole(source);
  if (whole.says !== 'bad') return [];
  const cutOff = whole.findings.some(found => found.code === 'backup.truncated');
  return [finding(cutOff ? 'restore.truncated' : 'restore.corrupt', 'failed', { probe: PROBE })];
}

/** Reads its table of contents twice: as a list, and as the SQL that would be run. */
export async function previewArchive(run: RestoreRun, archive: OpenedArchive): Promise<ArchivePreview> {
  const list = new ListReader();
  const survey = new Survey();
  const scanner = new SqlScanner();
  const properties: string[] = [];
  const commands: Finding[] = [];
  const look = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) lookAt(piece, { run, survey, properties, commands });
  };
  const results = await Promise.all([
    run.target.jail.run({ ...archiveCommand(run, archive, ['--list']), stdout: chunk => list.take(chunk) }, run.stop),
    run.target.jail.run(
      { ...archiveCommand(run, archive, ['--schema-only', '--create', '--file', '-']), stdout: chunk => look(scanner.push(chunk)) },
      run.stop,
    ),
  ]);
  look(scanner.finish());
  for (const result of results) if (result.stderr !== '') run.target.toolLog('pg_restore', result.stderr);
  const failed = results.find(result => result.exitCode !== 0);
  const trouble = failed === undefined ? [] : troubleOf(run, failed);
  const programs = survey.reachesOut ? [finding('restore.runs-programs', 'failed', { probe: PROBE, object: 'COPY' })] : [];
  return { survey, says: list.says(scanner.says().made), properties, findings: [...trouble, ...programs, ...commands.slice(0, 1)] };
}

interface Looking {
  readonly run: RestoreRun;
  readonly survey: Survey;
  readonly properties: string[];
  readonly commands: Finding[];
}

function lookAt(piece: Piece, { run, survey, properties, commands }: Looking): void {
  if (piece.kind === 'command') {
    const command = readCommand(piece);
    if (command.kind === 'reaches-out')
      commands.push(finding('restore.runs-programs', 'failed', { probe: PROBE, object: command.command }));
    if (command.kind === 'unexpected') commands.push(finding('restore.unexpected-command', 'failed', { probe: PROBE }));
  }
  if (piece.kind !== 'statement' || !isOfInterest(piece.words)) return;
  const text = piece.bytes.toString('utf8');
  const tokens = tokensOf(text);
  survey.look(tokens);
  const named = databaseNamed(tokens);
  if (named === undefined || matches(tokens, 0, 'create|drop', 'database')) return;
  properties.push(`${text.slice(0, named.from)}${quoted(run.server.database)}${text.slice(named.to)}`);
}

function archiveCommand(run: RestoreRun, archive: OpenedArchive, args: readonly string[]): JailCommand {
  const command = clientCommand(run, 'pg_restore', [...args, archive.path]);
  return { ...command, mounts: [...run.client.mounts, ...run.server.clientMounts, ...archive.mounts] };
}

/** How the restore of an archive ended, but for what the server says of it. */
export interface ArchiveRestored {
  readonly findings: readonly Finding[];
  /** Errors that pg_restore counted, at the least: with several jobs it counts those of its workers twice. */
  readonly ignored: number;
  /** It could not be read to its end. */
  readonly damaged: boolean;
}

/** Runs pg_restore with as many jobs as the format allows. */
export async function restoreArchive(run: RestoreRun, archive: OpenedArchive): Promise<ArchiveRestored> {
  const jobs = run.handle.format === 'tar' ? 1 : run.target.parallel;
  const parallel = jobs > 1 ? ['--jobs', String(jobs)] : [];
  const args = ['--no-password', '--no-tablespaces', '--dbname', run.server.database, ...parallel];
  const done = watchSize(run);
  const result = await run.target.jail.run(archiveCommand(run, archive, args), run.stop).finally(done);
  run.target.toolLog('pg_restore', result.stderr);
  const about = jobs > 1 && isUnexplained(run, result) ? await readAlone(run, archive, result) : result;
  return {
    findings: about.exitCode === 0 ? [] : troubleOf(run, about),
    ignored: Math.ceil(ignoredErrors(result) / (jobs > 1 ? 2 : 1)),
    damaged: archiveTrouble(about) !== undefined,
  };
}

/** It ended badly, and neither its words nor the server nor the sandbox say why. */
function isUnexplained(run: RestoreRun, result: ToolResult): boolean {
  if (result.exitCode === 0 || archiveTrouble(result) !== undefined || ignoredErrors(result) > 0) return false;
  return run.target.jail.limitHit() === undefined && run.server.alive();
}

/**
 * Workers that fail at once write their words through each other, since pg_restore writes a line in parts. So the archive is read once
 * more, by one process that reaches no server: its words are whole, and only about the archive. What it can read says nothing: then the
 * first end stands.
 */
async function readAlone(run: RestoreRun, archive: OpenedArchive, ended: ToolResult): Promise<ToolResult> {
  const command = { ...archiveCommand(run, archive, ['--file', '-']), stdout: () => undefined };
  const read = await run.target.jail.run(command, run.stop);
  run.target.toolLog('pg_restore', read.stderr);
  return archiveTrouble(read) === undefined ? ended : read;
}

/** Exit 1 is said of harmless and of fatal errors alike: what it was about decides. Every other code is unknown. */
function troubleOf(run: RestoreRun, result: ToolResult): readonly Finding[] {
  const code = archiveTrouble(result);
  if (code === 'restore.newer-format') {
    const expected = neededMajor(run.handle.archiveVersion, majorOf(run.handle.dumpVersion));
    return [finding(code, 'inconclusive', { probe: PROBE, expected, observed: run.client.version })];
  }
  if (code !== undefined) return [finding(code, 'failed', { probe: PROBE })];
  return isUnexplained(run, result) ? [unknownExit('pg_restore', result)] : [];
}

/** Settings and rights of the database, which pg_restore leaves out because we made the database. What is refused is returned. */
export async function applyProperties(run: RestoreRun, properties: readonly string[]): Promise<readonly RefusedStatement[]> {
  const refused: RefusedStatement[] = [];
  for (const statement of properties) {
    try {
      await run.server.sql(statement);
    } catch (error) {
      const sqlState = (error as { readonly sqlState?: string | null }).sqlState ?? '08000';
      refused.push({ sqlState, severity: 'ERROR', backend: 0, statement });
    }
  }
  return refused;
}

/** pg_restore tells nothing of its progress; the growing database does. */
function watchSize(run: RestoreRun): () => void {
  const timer = setInterval(() => {
    run.server.sql('select pg_database_size(current_database()) as bytes').then(
      rows => run.target.progress({ phase: 'restore', doneBytes: Number(rows[0]?.['bytes'] ?? 0), totalBytes: null }),
      () => undefined,
    );
  }, WATCH_MS);
  return () => clearInterval(timer);
}
