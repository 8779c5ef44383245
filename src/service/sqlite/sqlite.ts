import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { SqliteLayout } from '../../backup/sqlite-files.ts';
import { copyFile, readdir } from '../../system/files.ts';
import { findProgram, lacks, sayLack, type FoundProgram } from '../../system/program.ts';
import { died } from '../died.ts';
import { notInstalled, notStarted } from '../not-started.ts';
import type { InPlaceRequest } from '../in-place.ts';
import { ServiceError, type OpenedService, type OpenRequest, type RunningService, type Service, type SqlOptions } from '../service.ts';
import { sharedTree } from '../share.ts';
import { PROGRAM, runSqlite, type SqliteAnswer } from './program.ts';
import { refusalOf, stateOf } from './refusal.ts';
import { withValues } from './values.ts';

const PROBE = 'service';
const QUESTION_MS = 30 * 60_000;
const LONGEST_MS = 12 * 3_600_000;
const ROWS = 100_000;

type Place = Pick<OpenRequest, 'jail' | 'folder'>;

/** A SQLite database as it was restored: no server, but a program that is asked in the jail, each question by a process of its own. */
export function sqliteService(): Service {
  return { engine: 'sqlite', options: {}, open, inPlace };
}

async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const program = await findProgram(PROGRAM, stop);
  if (lacks(program)) throw notInstalled(sayLack(PROGRAM, program), stop);
  return {
    ...{ engine: 'sqlite', major: 3, tools: [{ name: 'sqlite3', version: program.version }], settings: {} },
    start: signal => start(request, program, signal),
    stop: () => Promise.resolve(),
  };
}

/** Some questions can be answered only where SQLite could write: a copy of what is in use now is asked, with its log, as it was read. */
async function inPlace({ jail: made, folder }: InPlaceRequest): Promise<RunningService> {
  const jail = await made();
  const copy = await jail.makeFolder('asked');
  try {
    for (const name of await readdir(folder)) await copyFile(join(folder, name), join(copy, name));
  } catch (cause) {
    const hint = 'Look whether its folder is there, and who may read it.';
    throw new ServiceError('start-failed', 'the database that is in use could not be copied', { hint, cause });
  }
  await jail.own(copy);
  const place = { jail, folder: copy };
  return running(place, [], isOpened(await openFirst(place, new AbortController().signal)));
}

/**
 * The first opening is the recovery: SQLite takes back what was not finished and takes in what is in the log. Afterwards everything is in one
 * file, which no question changes.
 */
const FIRST = 'select count(*) as objects from sqlite_schema;\npragma wal_checkpoint(truncate);';

function openFirst({ jail, folder }: Place, stop: AbortSignal): Promise<SqliteAnswer> {
  return runSqlite({ jail, folder, script: FIRST, write: true, rows: 10, timeLimitMs: LONGEST_MS }, stop);
}

function isOpened({ result, rows }: SqliteAnswer): boolean {
  return result.exitCode === 0 && rows.some(row => row['busy'] === 0);
}

async function start(request: OpenRequest, program: FoundProgram, stop: AbortSignal): Promise<RunningService> {
  const startedMs = performance.now();
  const first = await openFirst(request, stop);
  request.toolLog('sqlite3', first.result.stderr);
  const bad = troubleOf(request, program, first);
  if (bad !== undefined) return running(request, [bad], false);
  const latencyMs = Math.round(performance.now() - startedMs);
  return running(request, [finding('service.ready', 'passed', { probe: PROBE, latencyMs })], true);
}

/** SQLite that cannot read a schema of a newer one says that it is malformed. Throws ServiceError for what is no fault of the backup. */
function troubleOf({ jail, restored }: OpenRequest, { version }: FoundProgram, answer: SqliteAnswer): Finding | undefined {
  const { result } = answer;
  if (isOpened(answer)) return undefined;
  const isDamaged = result.exitCode === 1 && stateOf(result.stderr) === 'XX001';
  if (result.stopped || jail.limitHit() !== undefined || !isDamaged) {
    throw notStarted('sqlite3', { jail, result, install: `Install it: apt-get install ${PROGRAM.package}` });
  }
  const layout = SqliteLayout.safeParse(restored.layout);
  const writer = layout.success ? layout.data.writer : 0;
  if (/malformed database schema|unsupported file format/.test(result.stderr) && writer > numberOf(version))
    throw new ServiceError('version-unavailable', `the database was written by SQLite ${inWords(writer)}, here is ${version}`, {
      hint: `Install sqlite3 ${inWords(writer)} or newer on the machine that drills.`,
    });
  return finding('restore.corrupt', 'failed', { probe: PROBE });
}

function running(request: Place, findings: readonly Finding[], ready: boolean): RunningService {
  const sql: RunningService['sql'] = (text, options = {}) => ask(request, text, options);
  return { engine: 'sqlite', major: 3, findings, ready, sql, tree: sharedTree(request), stillUp: () => stillUp(request, sql) };
}

async function ask({ jail, folder }: Place, text: string, options: SqlOptions): ReturnType<RunningService['sql']> {
  const { values = [], timeLimitMs = QUESTION_MS, write = false, rows = ROWS, stop = new AbortController().signal } = options;
  const answer = await runSqlite({ jail, folder, script: withValues(text, values), write, rows, timeLimitMs }, stop);
  const refused = refusalOf(answer, jail.limitHit());
  if (refused !== undefined) throw refused;
  return answer.rows;
}

/** The very last question: the file is there and still a database. */
async function stillUp({ jail }: Place, sql: RunningService['sql']): Promise<Finding> {
  try {
    await sql('select count(*) as objects from sqlite_schema', { timeLimitMs: 30_000 });
    return finding('service.up', 'passed', { probe: PROBE });
  } catch {
    return died(jail.limitHit());
  }
}

function numberOf(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1_000_000 + minor * 1_000 + patch;
}

function inWords(version: number): string {
  return [Math.floor(version / 1_000_000), Math.floor(version / 1_000) % 1_000, version % 1_000].join('.');
}
