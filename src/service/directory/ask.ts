import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LDAPI } from '../../backup/restored-directory.ts';
import type { Jail, JailCommand } from '../../backup/target.ts';
import { LdifReader } from '../../system/ldif.ts';
import type { ToolResult } from '../../system/process.ts';
import { ServiceError, type DirectoryAnswer, type DirectoryQuery, type RestoredDirectory } from '../service.ts';

/** Where the socket is in the jail. */
export const SOCKET_AT = '/directory/socket';
export const ADDRESS = addressOf(SOCKET_AT);
const QUESTION_MS = 10 * 60_000;
/** LDAP's own result codes end here; above them are what the client could not do, as negative numbers. */
const LAST_CODE = 123;
/** The password comes by standard input and goes into a file that only this jail has. */
const WITH_PASSWORD = 'umask 077; cat > /tmp/password; exec "$@" -y /tmp/password';
/** Where everybody has the same /tmp, it goes into no file; what is opened again must be a pipe. */
const PASSWORD_PIPED = 'cat | "$@" -y /dev/stdin';

export interface DirectoryPlace {
  readonly jail: Pick<Jail, 'run'>;
  /** Host folder of the socket. */
  readonly socket: string;
  readonly suffix: string;
  /** Without a jail: the address on this machine. */
  readonly address?: string;
}

export function addressOf(folder: string): string {
  return `ldapi://${encodeURIComponent(join(folder, LDAPI))}`;
}

/** Asks with OpenLDAP's own clients, in the jail. */
export function restoredDirectory(place: DirectoryPlace): RestoredDirectory {
  return {
    suffix: place.suffix,
    search: (query, take, stop) => {
      const reader = new LdifReader(take);
      const stdout = (chunk: Buffer): void => reader.push(chunk);
      const timeLimitMs = query.timeLimitMs ?? QUESTION_MS;
      return run(
        place,
        { file: '/usr/bin/ldapsearch', args: argumentsOf(query, place.address ?? ADDRESS), stdout, timeLimitMs },
        stop,
      ).finally(() => reader.finish());
    },
    signIn: ({ name, password }, stop) => {
      const { address } = place;
      const script = address === undefined ? WITH_PASSWORD : PASSWORD_PIPED;
      const args = ['-c', script, 'sh', '/usr/bin/ldapwhoami', '-x', '-H', address ?? ADDRESS, '-D', name];
      return run(place, { file: '/bin/sh', args, stdin: Readable.from([Buffer.from(password)]), timeLimitMs: QUESTION_MS }, stop);
    },
  };
}

/** With `-M` referrals are entries like others, and not places to ask instead. */
function argumentsOf({ base, scope, filter, attributes, subentries = false }: DirectoryQuery, address: string): readonly string[] {
  const asUs = ['-LLL', '-o', 'ldif_wrap=no', '-Q', '-Y', 'EXTERNAL', '-H', address, '-z', '0', '-M'];
  return [...asUs, ...(subentries ? ['-E', '!subentries=true'] : []), '-b', base, '-s', scope, filter, ...attributes];
}

async function run(
  { jail, socket }: DirectoryPlace,
  command: Pick<JailCommand, 'file' | 'args' | 'stdin' | 'stdout' | 'timeLimitMs'>,
  stop: AbortSignal,
): Promise<DirectoryAnswer> {
  const startedMs = performance.now();
  const mounts = [{ from: socket, at: SOCKET_AT }];
  // Without files of settings and of certificates.
  const result = await jail.run({ ...command, mounts, env: { LC_ALL: 'C', LDAPNOINIT: '1' } }, stop);
  if (stop.aborted) throw new ServiceError('stopped', 'the question was stopped', { hint: 'Run the drill again.' });
  return { code: codeOf(result), latencyMs: Math.round(performance.now() - startedMs) };
}

function codeOf({ exitCode }: ToolResult): number | null {
  return exitCode !== undefined && exitCode <= LAST_CODE ? exitCode : null;
}
