import type { ToolResult } from '../../system/process.ts';
import { BackupError, type BackupErrorCode } from '../backup.ts';

interface Known {
  readonly code: BackupErrorCode;
  readonly message: string;
  readonly hint: string;
}

const MISSING: Known = {
  code: 'store-missing',
  message: 'there is no restic repository at the place that the plan names',
  hint: 'Check backup.repository in the plan, and whether the file system is mounted or the bucket is there.',
};
const REFUSED: Known = {
  code: 'credentials-refused',
  message: 'the repository does not open with this password',
  hint: 'Check where backup.password points. If it is right, the key was changed or lost: `restic key list` says which keys there are.',
};
const LOCKED: Known = {
  code: 'store-unreadable',
  message: 'restic could not lock the repository',
  hint: 'See who holds the lock: `restic list locks`.',
};
const FULL: Known = {
  code: 'staging-full',
  message: 'no space left for what restic writes',
  hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
};

/** Exit codes of restic 0.17 and later; earlier ones have 1 for everything that is fatal, and 3 belongs to `backup` alone. */
const CODES: ReadonlyMap<number | undefined, Known> = new Map([
  [10, MISSING],
  [11, LOCKED],
  [12, REFUSED],
]);

/** What a fatal error of restic 0.14 says of why. In order: the first that matches. */
const WORDS: readonly (readonly [RegExp, Known])[] = [
  [/no space left on device|disk quota exceeded|file too large/i, FULL],
  [/wrong password or no key found/, REFUSED],
  [
    /unsupported repository version/,
    {
      code: 'tool-missing',
      message: 'the repository is of a later format than the restic on this machine reads',
      hint: 'Install the restic that writes it, or a later one.',
    },
  ],
  [
    /access ?denied|InvalidAccessKeyId|SignatureDoesNotMatch|\b40[13]\b|unauthorized|forbidden/i,
    {
      code: 'credentials-refused',
      message: 'the storage of the repository refuses these credentials',
      hint: 'Check backup.env in the plan, and what its keys may do (list and read is enough).',
    },
  ],
  [/unable to open config file.*(?:no such file|not exist|not found|NoSuch)|NoSuchBucket|bucket does not exist/is, MISSING],
  [
    /connection refused|no such host|timeout|timed out|connection reset|dial tcp|x509|tls:|network is unreachable|\b50[0234]\b|SlowDown/i,
    {
      code: 'network',
      message: 'the storage of the repository could not be reached',
      hint: 'Check its address, the network, and the certificate (backup.cacert).',
    },
  ],
  [
    /permission denied/i,
    {
      code: 'store-unreadable',
      message: 'files of the repository could not be opened',
      hint: 'Let the user who runs Resurgam read the repository.',
    },
  ],
  [/unable to create lock|already locked/, LOCKED],
];

/** Undefined for success. Everything else is "could not" here: what speaks against the backup is looked for before. Never names a file. */
export function failureOf(ran: ToolResult, doing: string): BackupError | undefined {
  if (ran.exitCode === 0) return undefined;
  if (ran.stopped) return new BackupError('stopped', `${doing} was stopped`, { hint: 'Start the drill again.' });
  const cause = new Error(ran.stderr.slice(-2_000));
  if (ran.timedOut)
    return new BackupError('tool-failed', `${doing} did not end in its time`, { hint: 'See whether the storage answers.', cause });
  const known = CODES.get(ran.exitCode) ?? WORDS.find(([words]) => ran.exitCode === 1 && words.test(ran.stderr))?.[1];
  if (known !== undefined) return new BackupError(known.code, known.message, { hint: known.hint, cause });
  const how = ran.exitCode === undefined ? (ran.signal ?? 'was not started') : `exit code ${ran.exitCode}`;
  return new BackupError('tool-failed', `restic broke: ${doing} ended with ${how}`, {
    hint: 'Run the same restic command by hand and read what it prints.',
    cause,
  });
}
