import { findProgram, lacks, sayLack, type ProgramNeed } from '../../system/program.ts';
import { runTool, type ToolResult } from '../../system/process.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { readOptions, repositoriesOf } from './options.ts';
import { secretsIn, settingsOf, unreachableBucket } from './repository.ts';

/** From 2.45 on `verify` can be asked for its result. */
export const PGBACKREST: ProgramNeed = { file: '/usr/bin/pgbackrest', package: 'pgbackrest', asks: ['version'], least: '2.45' };

const LONGEST_MS = 12 * 3_600_000;
/** An object store that is dead is asked four times, so long each. */
const ANSWER_SECONDS = '20';

export interface Asked {
  readonly args: readonly string[];
  /** Bytes of its answer, instead of keeping them as text. */
  readonly take?: (chunk: Buffer) => void;
  readonly keepBytes?: number;
}

/**
 * Runs pgBackRest with settings of our own alone: no configuration file of the machine is read, no log is written, and passphrases are in the
 * environment. Throws BackupError when it was stopped.
 */
export async function pgbackrest(store: StoreAccess, asked: Asked, stop: AbortSignal): Promise<ToolResult> {
  const { stanza } = readOptions(store.section);
  const result = await runTool(
    {
      file: PGBACKREST.file,
      args: ['--no-config', `--stanza=${stanza}`, ...asked.args],
      env: environment(store),
      ...(asked.take === undefined ? {} : { stdout: asked.take }),
      keepBytes: asked.keepBytes ?? 64 << 20,
      timeLimitMs: LONGEST_MS,
    },
    stop,
  );
  if (result.stopped || stop.aborted) throw stopped();
  if (result.exitCode === undefined && result.signal === undefined) throw await missing(stop);
  return result;
}

/** Throws BackupError `tool-missing` if pgBackRest is not here, or too old. */
export async function needPgBackRest(stop: AbortSignal): Promise<string> {
  throwIfStopped(stop);
  const found = await findProgram(PGBACKREST, stop);
  throwIfStopped(stop);
  if (!lacks(found)) return found.version;
  const { message, hint } = sayLack(PGBACKREST, found);
  throw new BackupError('tool-missing', message, { hint });
}

async function missing(stop: AbortSignal): Promise<Error> {
  return needPgBackRest(stop).then(
    () => new BackupError('tool-failed', 'pgbackrest could not be started', { hint: 'Run the drill again.' }),
    (error: unknown) => error as Error,
  );
}

function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw stopped();
}

function stopped(): BackupError {
  return new BackupError('stopped', 'stopped while pgbackrest was running', { hint: 'Start the drill again.' });
}

function environment(store: StoreAccess): Readonly<Record<string, string>> {
  const env: Record<string, string> = { PATH: '/usr/bin:/bin', HOME: '/tmp', LC_ALL: 'C', TZ: 'UTC' };
  for (const repository of repositoriesOf(readOptions(store.section)))
    Object.assign(env, settingsOf(repository), secretsIn(store, repository));
  return {
    ...env,
    PGBACKREST_LOG_LEVEL_CONSOLE: 'off',
    PGBACKREST_LOG_LEVEL_FILE: 'off',
    PGBACKREST_LOG_LEVEL_STDERR: 'error',
    PGBACKREST_IO_TIMEOUT: ANSWER_SECONDS,
  };
}

/** What every exit code that speaks of the backup means; all others are not known, and nothing is concluded from them. */
export const ERRORS = { checksum: 26, fileInvalid: 28, format: 29, fileRead: 42, fileMissing: 55, crypto: 95 } as const;

/** Why pgBackRest could not do what was asked. Its own text names files, and is a cause only. */
export function refused(what: string, { exitCode, stderr }: ToolResult): BackupError {
  const cause = new Error(stderr);
  const unreachable = unreachableBucket(stderr, cause);
  if (unreachable !== undefined) return unreachable;
  if (/No space left on device|Disk quota exceeded|File too large/.test(stderr))
    return new BackupError('staging-full', 'no space left for the restored backup', {
      hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
      cause,
    });
  if (exitCode === ERRORS.crypto || stderr.includes('CryptoError'))
    return new BackupError('credentials-refused', 'the passphrase does not open the repository, or it has none and needs one', {
      hint: 'Compare `cipherPass` of the plan with repo1-cipher-pass of the machine that makes the backups.',
      cause,
    });
  return new BackupError('store-unreadable', `${what} (pgbackrest ended with ${exitCode ?? 'a signal'})`, {
    hint: 'Let the user who runs Resurgam read the repository, and try `pgbackrest info` there.',
    cause,
  });
}
