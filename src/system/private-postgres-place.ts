import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { exists, isCode, lstat, mkdir, readFile, rename, rm, stat, symlink } from './files.ts';
import { packagedServer, type PostgresBinaries } from './postgres-binaries.ts';
import { PrivatePostgresError } from './private-postgres-error.ts';

/** The major version whose data folder we make and keep. */
export const MAJOR = 18;
/** An account that is not root, under which PostgreSQL sees itself when we are. Every distribution names it, and initdb asks for the name. */
const NOBODY = '65534';
/** A socket's address takes 107 bytes, its lock file's name and the NUL included. */
const LONGEST_SOCKET = 100;
const LONGEST_LOG = 4 * 2 ** 20;

/** Where the private server's things are. */
export interface PrivatePlace {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  /** Held while the server is being made, started or stopped. */
  readonly lock: string;
}

/** The layout alone. Makes nothing. */
export function privatePlace(folder: string): PrivatePlace {
  return { folder, data: join(folder, 'data'), log: join(folder, 'log'), lock: join(folder, 'lock') };
}

/** How `initdb` and `postgres` of the package are called here. */
export interface ServerPrograms {
  readonly env: Readonly<Record<string, string>>;
  command(program: 'initdb' | 'postgres', args: readonly string[]): { readonly file: string; readonly args: readonly string[] };
}

/**
 * The programs of the npm package and never those of the distribution: the data folder would belong to another build (ICU, minor version)
 * after the next upgrade of either. Throws PrivatePostgresError `no-programs`.
 */
export async function serverPrograms(place: PrivatePlace): Promise<ServerPrograms> {
  const binaries = await packagedServer(MAJOR);
  if (binaries === undefined) {
    throw new PrivatePostgresError('no-programs', `PostgreSQL ${MAJOR}: expected the npm package postgres-${MAJOR}, it is not installed`, {
      hint: 'Run npm install (packages exist for Linux with glibc on x64), or set DATABASE_URL to a PostgreSQL server.',
    });
  }
  const links = await linkLibraries(join(place.folder, 'lib'), binaries);
  const root = process.getuid?.() === 0;
  return {
    // Nothing of our own environment: it may hold secrets, and PG… variables that would change the server.
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      LD_LIBRARY_PATH: `${links}:${join(binaries.bin, '../lib')}`,
    },
    command: (program, args) => {
      const file = join(binaries.bin, program);
      return root ? { file: 'unshare', args: [...AS_NOBODY, file, ...args] } : { file, args };
    },
  };
}

/**
 * PostgreSQL refuses root. In a user namespace that maps root to another number it finds itself to be somebody else, without any capability,
 * and still owns what root owns: the home may stay below /root and closed to everybody. util-linux's `unshare` becomes the server, so
 * the pid in postmaster.pid is real, nothing watches over it, and no mount is held, as a mount namespace would.
 */
const AS_NOBODY = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];

/** The names under which the loader asks for libraries. They lie beside the data, so a read-only `node_modules` is no obstacle. */
async function linkLibraries(folder: string, binaries: PostgresBinaries): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { name, target } of binaries.links) await link(join(dirname(binaries.bin), target), join(folder, name));
  return folder;
}

/** Replaces what led elsewhere (the package moved), in one step: another process may be loading at this moment. */
async function link(target: string, at: string): Promise<void> {
  const temporary = `${at}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, at);
}

/**
 * The folder for the socket: `s` beside the data, or, where its path would be too long for a socket, a short one in the runtime folder
 * (`XDG_RUNTIME_DIR`, else /tmp). Only its owner may enter. Throws PrivatePostgresError `no-place`.
 */
export async function makeSocketFolder(place: PrivatePlace, runtime = process.env['XDG_RUNTIME_DIR']): Promise<string> {
  const near = join(place.folder, 's');
  if (fits(near)) return privately(near);
  const name = `pg-${createHash('sha256').update(place.folder).digest('hex').slice(0, 12)}`;
  const given = runtime === undefined || runtime === '' ? undefined : join(runtime, name);
  if (given !== undefined && fits(given) && (await exists(dirname(given)))) return privately(given);
  return privately(join(await privately(`/tmp/resurgam-${process.getuid?.() ?? 0}`), name));
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= LONGEST_SOCKET;
}

/** Makes it, or proves that it is a folder of ours that nobody else can enter: in /tmp somebody else may have made it first. */
async function privately(folder: string): Promise<string> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return folder;
  throw new PrivatePostgresError('no-place', `${folder}: expected a folder of our own with mode 0700, it is not`, {
    hint: 'Remove it, or set RESURGAM_HOME to a shorter path.',
  });
}

/** Keeps one old log. */
export async function turnLog(place: PrivatePlace): Promise<void> {
  const size = (await exists(place.log)) ? (await stat(place.log)).size : 0;
  if (size > LONGEST_LOG) await rename(place.log, `${place.log}.1`);
}

/** What the server wrote about itself: its process and the folder of its socket. Undefined if there is no such file. */
export async function pidFile(place: PrivatePlace): Promise<{ readonly pid: number; readonly socket: string } | undefined> {
  try {
    const lines = (await readFile(join(place.data, 'postmaster.pid'), 'utf8')).split('\n');
    // A start that failed early leaves the first lines only, or nothing.
    return { pid: Number(lines[0] ?? '') || -1, socket: lines[4] ?? '' };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
