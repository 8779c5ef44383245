import type { ToolResult } from '../../system/process.ts';
import { BackupError, type BackupErrorCode } from '../backup.ts';

/** The names of errors in borg's JSON log, as far as they mean "could not". */
const MEANING: ReadonlyMap<string, readonly [BackupErrorCode, string, string]> = new Map([
  [
    'PassphraseWrong',
    ['credentials-refused', 'the repository does not open with this passphrase', 'Check where backup.passphrase points.'],
  ],
  [
    'PasscommandFailure',
    ['credentials-refused', 'the repository needs a passphrase', 'Name the place of the passphrase in the plan (backup.passphrase).'],
  ],
  [
    'KeyfileNotFoundError',
    [
      'credentials-refused',
      'the key of the repository is kept in a file',
      'Export it (`borg key export`) and name its place: backup.keyfile.',
    ],
  ],
  [
    'KeyfileMismatchError',
    [
      'credentials-refused',
      'the key file belongs to another repository',
      'Export the key of this one (`borg key export`): backup.keyfile.',
    ],
  ],
  [
    'KeyfileInvalidError',
    ['credentials-refused', 'what backup.keyfile names is no key of borg', 'Export the key again with `borg key export`.'],
  ],
  ['Repository.DoesNotExist', ['store-missing', 'there is no repository at the place that the plan names', 'Check backup.repository.']],
  ['Archive.DoesNotExist', ['object-gone', 'the archive was removed while it was read', 'Start the drill again.']],
  [
    'UnsupportedManifestError',
    ['tool-missing', 'the repository needs a later borg than this machine has', 'Install the borg that writes it, or a later one.'],
  ],
  [
    'MandatoryFeatureUnsupported',
    ['tool-missing', 'the repository needs a later borg than this machine has', 'Install the borg that writes it, or a later one.'],
  ],
]);

const FULL = /No space left on device|Disk quota exceeded|File too large/;

/** Undefined for success and for warnings (1), which the caller has read. Everything that the table does not know is a failure. */
export function failureOf(ran: ToolResult, doing: string): BackupError | undefined {
  if (ran.exitCode === 0 || ran.exitCode === 1) return undefined;
  if (ran.stopped) return new BackupError('stopped', `${doing} was stopped`, { hint: 'Start the drill again.' });
  const cause = new Error(ran.stderr.slice(-2_000));
  if (ran.timedOut)
    return new BackupError('tool-failed', `${doing} did not end in its time`, { hint: 'See whether the disk answers.', cause });
  if (FULL.test(ran.stderr))
    return new BackupError('staging-full', 'no space left for what borg writes', {
      hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
      cause,
    });
  // Without any passphrase borg asks for one, finds no terminal, and says so outside of its log.
  const id = errorsOf(ran.stderr)[0] ?? (/can not acquire a passphrase/.test(ran.stderr) ? 'PasscommandFailure' : '');
  const [code, message, hint] = MEANING.get(id) ?? [];
  if (code !== undefined) return new BackupError(code, String(message), { hint: String(hint), cause });
  if (/Permission denied|Read-only file system/.test(ran.stderr))
    return new BackupError('store-unreadable', 'files of the repository could not be opened', {
      hint: 'Let the user who runs Resurgam read the repository; if its last backup was killed, let borg put it in order (`borg check`).',
      cause,
    });
  const how = ran.exitCode === undefined ? (ran.signal ?? 'was not started') : `exit code ${ran.exitCode}`;
  return new BackupError('tool-failed', `borg broke: ${doing} ended with ${how}`, {
    hint: 'Run the same borg command by hand and read what it prints.',
    cause,
  });
}

interface Message {
  readonly level: string;
  readonly name: string;
  readonly text: string;
}

/** The log that borg writes to standard error as lines of JSON; other lines are not its own. */
export function messagesOf(stderr: string): readonly Message[] {
  return stderr.split('\n').flatMap(line => {
    if (!line.startsWith('{')) return [];
    try {
      const said = JSON.parse(line) as Readonly<Record<string, string | undefined>>;
      return [{ level: said['levelname'] ?? '', name: said['msgid'] ?? '', text: said['message'] ?? '' }];
    } catch {
      return [];
    }
  });
}

export function errorsOf(stderr: string): readonly string[] {
  return messagesOf(stderr).flatMap(({ level, name }) => (level === 'ERROR' && name !== '' ? [name] : []));
}
