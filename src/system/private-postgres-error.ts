export type PrivatePostgresCode =
  /** No PostgreSQL for this platform is installed. */
  | 'no-programs'
  /** We are root, and the kernel lets us make no user namespace. */
  | 'root-refused'
  /** The folder of the socket cannot be used. */
  | 'no-place'
  | 'disk-full'
  /** Another process of ours has been starting or stopping it for too long. */
  | 'busy'
  /** What lies in the data folder is no cluster that these programs can run. */
  | 'data-unusable'
  | 'not-started'
  | 'not-stopped';

/** "The private server could not be made to run, or to end." `hint` is a sentence that begins with a verb. */
export class PrivatePostgresError extends Error {
  override readonly name = 'PrivatePostgresError';
  readonly code: PrivatePostgresCode;
  readonly hint: string;
  constructor(code: PrivatePostgresCode, message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}

/** Words of util-linux and of the kernel for "no user namespace for you". */
const NO_NAMESPACE = /unshare failed|uid_map|gid_map|setgroups/;

/** What the last words of `initdb` or `postgres` mean. They name paths of our own folder and nothing else. */
export function saidBy(program: string, words: string): PrivatePostgresError {
  // Whoever asked while it was starting was turned away, which is no reason for anything.
  const told = words.split('\n').filter(line => !line.includes('the database system is '));
  const lines = told.filter(line => /\b(FATAL|PANIC|error|ERROR|unshare|cannot|could not)\b/.test(line));
  const last = (lines.at(-1) ?? told.findLast(line => line.trim() !== '') ?? '').replace(/^.*?(FATAL|PANIC|ERROR): +/, '').slice(0, 300);
  const message = `${program}: expected a private PostgreSQL server, it said: ${last === '' ? 'nothing' : last}`;
  // Before the disk: where a limit of namespaces is reached, unshare finds "no space left on device".
  if (NO_NAMESPACE.test(words)) {
    return new PrivatePostgresError('root-refused', message, {
      hint: 'Run Resurgam as an ordinary user, or set DATABASE_URL: PostgreSQL refuses root, and this machine forbids the user namespace that would hide it.',
    });
  }
  if (/No space left on device|Disk quota exceeded/.test(words)) {
    return new PrivatePostgresError('disk-full', message, { hint: 'Free some space, then try again.' });
  }
  if (/could not find the database system|incompatible with server|not initialized by|PG_VERSION|invalid checkpoint record/.test(words)) {
    return new PrivatePostgresError('data-unusable', message, {
      hint: 'Move the folder postgres/data of RESURGAM_HOME aside and bring the state back with `resurgam state restore`.',
    });
  }
  if (words.includes('unshare ENOENT')) return new PrivatePostgresError('root-refused', message, { hint: 'Install util-linux.' });
  return new PrivatePostgresError('not-started', message, { hint: 'Read the file postgres/log of RESURGAM_HOME.' });
}
