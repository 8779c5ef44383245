import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdir, mkdtemp, writeFile } from '../../system/files.ts';
import { startTool, type RunningTool, type ToolCommand } from '../../system/process.ts';
import { findProgram, lacks, sayLack, type ProgramNeed } from '../../system/program.ts';
import { removeTree } from '../../system/tree.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { KEY, PASSPHRASE, readOptions } from './options.ts';

/** 1.2 is the first that lists what is healthy, and reads without a lock. */
export const BORG: ProgramNeed = { file: 'borg', package: 'borgbackup', least: '1.2' };

const LONGEST_MS = 7 * 24 * 3_600_000;

/** borg over one repository, with a memory of its own: what it has seen of another copy would make it refuse this one (F21). */
export interface Repository {
  readonly access: StoreAccess;
  readonly base: string;
}

export interface Order extends Pick<ToolCommand, 'stdout' | 'stderr' | 'cwd'> {
  readonly args: readonly string[];
}

/**
 * Nothing of this writes into the repository: no lock is taken, since it must work on a read-only copy too. The price is that somebody may
 * prune meanwhile; whoever finds something missing asks `refuseIfBusy` first.
 */
export function startBorg({ access, base }: Repository, { args, ...rest }: Order, stop: AbortSignal): RunningTool {
  const [verb = '', ...more] = args;
  const all = ['--log-json', '--bypass-lock', verb, ...more];
  return startTool({ file: BORG.file, args: all, env: envOf(access, base), timeLimitMs: LONGEST_MS, keepBytes: 64 << 20, ...rest }, stop);
}

function envOf({ env }: StoreAccess, base: string): Readonly<Record<string, string>> {
  return {
    ...{ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: base, LC_ALL: 'C.UTF-8', TZ: 'UTC', BORG_BASE_DIR: base },
    // A copy or a mount has another path than the original, and what is not encrypted is told as a finding.
    ...{ BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes', BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' },
    ...(env[PASSPHRASE] === undefined ? {} : { BORG_PASSPHRASE: env[PASSPHRASE] }),
    ...(env[KEY] === undefined ? {} : { BORG_KEY_FILE: join(base, 'key') }),
  };
}

/** The repository with a base folder that is made here. */
export async function repositoryWith(access: StoreAccess, base: string): Promise<Repository> {
  await removeTree(base);
  await mkdir(base, { mode: 0o700 });
  if (access.env[KEY] !== undefined) await writeFile(join(base, 'key'), access.env[KEY], { mode: 0o600 });
  return { access, base };
}

/** Works with a base folder that is gone afterwards, key and all. */
export async function withRepository<T>(
  { access, within = tmpdir() }: { readonly access: StoreAccess; readonly within?: string },
  work: (at: Repository) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(within, 'resurgam-borg-'));
  try {
    return await work(await repositoryWith(access, join(folder, 'base')));
  } finally {
    await removeTree(folder);
  }
}

export function repositoryOf({ section }: Pick<StoreAccess, 'section'>): string {
  return readOptions(section).repository;
}

/** The version of the program on this machine. Throws BackupError `tool-missing`. */
export async function versionOf(stop: AbortSignal): Promise<string> {
  if (stop.aborted) throw new BackupError('stopped', 'stopped before borg was asked', { hint: 'Start the drill again.' });
  const found = await findProgram(BORG, stop);
  if (!lacks(found)) return found.version;
  const { message, hint } = sayLack(BORG, found);
  throw new BackupError('tool-missing', message, { hint });
}
