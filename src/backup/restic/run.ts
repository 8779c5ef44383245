import { lines } from '../../system/lines.ts';
import { runTool, startTool, type RunningTool, type ToolCommand, type ToolResult } from '../../system/process.ts';
import { findProgram, lacks, sayLack, type ProgramNeed } from '../../system/program.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { isFolder, reach, readOptions } from './options.ts';

/** 0.14 is the first whose `check`, `ls` and `restore` say what is read here. */
export const RESTIC: ProgramNeed = { file: 'restic', package: 'restic', asks: ['version'], least: '0.14' };

/** Looking at a list, or walking a tree: not moving data. */
const LOOK_MS = 30 * 60_000;
const MOVE_MS = 7 * 24 * 3_600_000;

/** restic over one repository, with what it needs to open it. */
export interface Repository {
  readonly access: StoreAccess;
  /** Where it keeps what it read of a remote repository, for this run alone. A folder needs none. */
  readonly cache: string | undefined;
}

export interface Order extends Pick<ToolCommand, 'stdout' | 'stderr'> {
  readonly args: readonly string[];
}

/** For looks that end soon. */
export function runRestic(at: Repository, args: readonly string[], stop: AbortSignal): Promise<ToolResult> {
  return runTool(commandOf(at, { args }, LOOK_MS), stop);
}

/** For what reads or writes much: it may take as long as the drill. */
export function startRestic(at: Repository, order: Order, stop: AbortSignal): RunningTool {
  return startTool(commandOf(at, order, MOVE_MS), stop);
}

/** Lines of errors that are kept. */
const MOST_LINES = 50_000;

/**
 * Reads much of the repository, until it ends or says what no further try will mend: in a folder what is not there will not come, and restic
 * would try again for three quarters of a minute, for each file that needs it.
 */
export async function readMuch(
  { at, args, started }: { readonly at: Repository; readonly args: readonly string[]; readonly started?: (pid: number) => void },
  stop: AbortSignal,
): Promise<ToolResult> {
  const enough = new AbortController();
  const said: string[] = [];
  const cut = lines(line => {
    if (said.length < MOST_LINES) said.push(line);
    if (at.cache === undefined && isDefinite(line)) enough.abort();
  });
  const running = startRestic(at, { args, stderr: cut.chunk }, AbortSignal.any([stop, enough.signal]));
  started?.(running.pid);
  const ran = await running.ended;
  cut.end();
  return { ...ran, stderr: said.join('\n'), stopped: ran.stopped && stop.aborted };
}

/** Of a folder, "not there" and "ends too early" are final; over a network it may be right to try again. */
function isDefinite(line: string): boolean {
  return /^Load\(<[a-z]+\/[0-9a-f]+>.*(?:no such file or directory|unexpected EOF)/.test(line);
}

/**
 * Nothing of this writes into the repository: no lock is taken, since it must work on a read-only copy too. The price is that somebody may
 * prune meanwhile; whoever finds something missing asks `locks.ts` first.
 */
function commandOf({ access, cache }: Repository, { args, ...sinks }: Order, timeLimitMs: number): ToolCommand {
  const { repository, cacert } = readOptions(access.section);
  const kept = cache === undefined ? ['--no-cache'] : ['--cache-dir', cache];
  const trusted = cacert === undefined ? [] : ['--cacert', cacert];
  const all = ['--no-lock', ...kept, ...trusted, '--repo', repository, ...args];
  return { file: RESTIC.file, args: all, env: envOf(access), keepBytes: 16 << 20, timeLimitMs, ...sinks };
}

function envOf({ section, env }: StoreAccess): Readonly<Record<string, string>> {
  const secrets = Object.keys(reach(section).secrets).flatMap(name => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...Object.fromEntries(secrets) };
}

export function needsCache({ section }: StoreAccess): boolean {
  return !isFolder(readOptions(section).repository);
}

/** The version of the program on this machine. Throws BackupError `tool-missing`. */
export async function versionOf(stop: AbortSignal): Promise<string> {
  if (stop.aborted) throw new BackupError('stopped', 'stopped before restic was asked', { hint: 'Start the drill again.' });
  const found = await findProgram(RESTIC, stop);
  if (!lacks(found)) return found.version;
  const { message, hint } = sayLack(RESTIC, found);
  throw new BackupError('tool-missing', message, { hint });
}
