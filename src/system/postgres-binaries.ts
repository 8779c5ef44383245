import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { exists, readdir, readFile } from './files.ts';
import { askOnce } from './ask-once.ts';

/** Debian's place: one folder per major version. */
const SYSTEM = '/usr/lib/postgresql';
export const MAJORS = [12, 13, 14, 15, 16, 17, 18] as const;

/** A set of PostgreSQL programs on this machine. */
export interface PostgresBinaries {
  readonly kind: 'given' | 'system' | 'package';
  readonly major: number;
  /** Folder with `postgres` and `initdb`, or with `pg_restore` and `psql`. */
  readonly bin: string;
  /** As the programs or their package say it, e.g. `15.18`. */
  readonly version: string;
  /** Names under which the loader asks for libraries, and where they are: npm runs no install script that would make these links. */
  readonly links: readonly { readonly name: string; readonly target: string }[];
}

/** Server programs of this major: those in `given`, else the distribution's (extensions live there), else those of an npm platform package. */
export async function findServer(major: number, given?: string): Promise<PostgresBinaries | undefined> {
  if (given !== undefined) {
    const found = await atPlace(given, 'postgres', 'given');
    return found?.major === major ? found : undefined;
  }
  return (await atPlace(join(SYSTEM, String(major), 'bin'), 'postgres', 'system')) ?? (await packagedServer(major));
}

/** Client programs on this machine, newest first. */
export async function findClients(given?: string): Promise<readonly PostgresBinaries[]> {
  const names = (await exists(SYSTEM)) ? await readdir(SYSTEM) : [];
  const places = names.filter(name => /^\d+$/.test(name)).map(name => join(SYSTEM, name, 'bin'));
  const found = await Promise.all([
    ...(given === undefined ? [] : [atPlace(given, 'pg_restore', 'given')]),
    ...places.map(bin => atPlace(bin, 'pg_restore', 'system')),
  ]);
  return found.filter(one => one !== undefined).sort((a, b) => b.major - a.major);
}

/** Majors that could be served here: for the message when the wanted one is not among them. */
export async function majorsHere(): Promise<readonly number[]> {
  const servers = await Promise.all(MAJORS.map(major => findServer(major)));
  return servers.filter(server => server !== undefined).map(server => server.major);
}

async function atPlace(bin: string, program: string, kind: PostgresBinaries['kind']): Promise<PostgresBinaries | undefined> {
  const file = join(bin, program);
  if (!(await exists(file))) return undefined;
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const said = await askOnce({ file, args: ['--version'], env, timeLimitMs: 10_000 }, new AbortController().signal);
  const version = /\(PostgreSQL\) ((\d+)\S*)/.exec(said.stdout);
  if (said.exitCode !== 0 || version?.[1] === undefined) return undefined;
  return { kind, bin, major: Number(version[2]), version: version[1], links: [] };
}

/** Server programs of an npm package alone: `postgres-12` … are aliases of the platform package; on a platform without one there is none. */
export async function packagedServer(major: number): Promise<PostgresBinaries | undefined> {
  const name = `postgres-${major}`;
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const root = join(folder, name);
    const bin = join(root, 'native', 'bin');
    if (!(await exists(join(bin, 'postgres')))) continue;
    const [said, links] = await Promise.all([readJson(join(root, 'package.json')), readJson(join(root, 'native', 'pg-symlinks.json'))]);
    const version = /^\d+\.\d+/.exec((said as { version?: string }).version ?? '')?.[0] ?? String(major);
    return { kind: 'package', major, bin, version, links: linksOf(links) };
  }
  return undefined;
}

/** Both as they stand in the package: `native/lib/…`. Only the libraries' folder needs links. */
function linksOf(said: unknown): PostgresBinaries['links'] {
  return (said as readonly { source: string; target: string }[])
    .filter(({ target }) => dirname(target) === 'native/lib' && target.includes('.so'))
    .map(({ source, target }) => ({ name: target.slice('native/lib/'.length), target: source.slice('native/'.length) }));
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}
