import { PrivatePostgresError, type PrivatePostgresCode } from '../../system/private-postgres-error.ts';
import { isTlsFault } from '../../system/tls-fault.ts';
import { StoreError, storeError, type StoreErrorCode } from '../error.ts';

/** SQLSTATEs of a server that is going, coming or full of clients, and codes of sockets that lead nowhere. */
const GONE = /^(08...|57P0[1-5]|53300|ECONN\w+|ENOENT|EPIPE|ETIMEDOUT|EHOST\w+|ENET\w+|ENOTFOUND|EAI_\w+|EACCES)$/;
/** What pg says without a code. */
const GONE_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered)/;
const NO_TLS = /^The server does not support SSL connections|^There was an error establishing an SSL connection/;
/** The server is there and lets us not in. */
const REFUSED = /^(28...|3D000)$/;

/**
 * What an error of the connection means: `state-unreachable`, `disk-full`, `busy`; every other error stays what it is. `where` names the server
 * without its password. pg's message is left out of ours: it may quote the address, and that of a row's error the row.
 */
export function stateError(cause: unknown, where: string): unknown {
  if (cause instanceof StoreError || !(cause instanceof Error)) return cause;
  const code = codeOf(cause);
  const untrusted = tlsError(cause, { code, where });
  if (untrusted !== undefined) return untrusted;
  if (GONE.test(code) || GONE_WORDS.test(cause.message)) return unreachable(where, code === '' ? 'no answer' : code);
  if (REFUSED.test(code)) {
    const hint = 'Look at the user, the password and the database in DATABASE_URL.';
    return new StoreError('state-unreachable', `${where}: expected to be let in, PostgreSQL refused (${code})`, { hint });
  }
  if (code === '53100') {
    const hint = 'Free some space where PostgreSQL keeps its data, then try again.';
    return new StoreError('disk-full', `${where}: expected room to write, the disk is full`, { hint });
  }
  if (code === '57014' || code === '55P03') {
    const hint = 'Try again; if it stays so, look at what else the server is doing.';
    return new StoreError('busy', `${where}: expected an answer within a minute, there was none (${code})`, { hint });
  }
  return cause;
}

/** The server cannot show who it is, speaks no TLS, or a file of DATABASE_URL that says whom to trust cannot be read. */
function tlsError(cause: Error, { code, where }: { readonly code: string; readonly where: string }): StoreError | undefined {
  if ('syscall' in cause && cause.syscall === 'open') {
    return new StoreError('state-unreachable', `${where}: expected the files of certificates that it names, one cannot be read (${code})`, {
      hint: 'Look at sslrootcert, sslcert and sslkey in DATABASE_URL, and whether this user may read them.',
    });
  }
  const what = NO_TLS.test(cause.message)
    ? 'the server speaks no TLS'
    : isTlsFault(code)
      ? `its certificate was refused (${code})`
      : undefined;
  if (what === undefined) return undefined;
  return new StoreError('state-unreachable', `${where}: expected a server that can be trusted over TLS, ${what}`, {
    hint: 'Look at sslmode and sslrootcert in DATABASE_URL, and at the certificate of the server: its name, its authority, its dates.',
  });
}

function unreachable(where: string, code: string): StoreError {
  return new StoreError('state-unreachable', `${where}: expected the PostgreSQL server with the state, it cannot be reached (${code})`, {
    hint: 'Start it, or look at DATABASE_URL and the network. Nothing is lost; it is tried again.',
  });
}

function codeOf(error: Error): string {
  // Several addresses of one host fail as one error that holds the others.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : '';
}

const MEANING: Readonly<Record<PrivatePostgresCode, StoreErrorCode>> = {
  'no-programs': 'tool-missing',
  'root-refused': 'state-unreachable',
  'no-place': 'home-unwritable',
  'disk-full': 'disk-full',
  busy: 'busy',
  'data-unusable': 'state-unreachable',
  'not-started': 'state-unreachable',
  'not-stopped': 'state-unreachable',
};

/** What an error of the private server means. */
export function privateServerError(cause: unknown, folder: string): StoreError {
  if (!(cause instanceof PrivatePostgresError)) return storeError(cause, folder);
  return new StoreError(MEANING[cause.code], cause.message, { hint: cause.hint, cause });
}
