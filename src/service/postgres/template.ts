import { join } from 'node:path';
import { exists, mkdir, readdir, rename, rm, stat } from '../../system/files.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';
import { runTool } from '../../system/process.ts';

const COPY_MS = 120_000;

/** An empty cluster as initdb made it, kept between drills: making one takes a second, copying it a tenth. */
export interface ClusterTemplate {
  /** Whether the cluster was copied into the (empty) folder of the data. */
  copyTo(data: string): Promise<boolean>;
  /** Keeps the cluster that initdb has just made, before any server ran on it and before anything of a backup was near it. */
  keep(data: string): Promise<void>;
  /** Takes it away: a server did not start on it. */
  drop(): Promise<void>;
}

/** No cache, no template. */
export const noTemplate: ClusterTemplate = {
  copyTo: () => Promise.resolve(false),
  keep: () => Promise.resolve(),
  drop: () => Promise.resolve(),
};

/**
 * The template of these very programs: another build makes another one, and the older ones of its major version go. The folder must be one
 * that no jail ever sees.
 */
export async function templateIn(cache: string, { bin, major, version }: PostgresBinaries): Promise<ClusterTemplate> {
  const { size, mtimeMs } = await stat(join(bin, 'postgres'));
  const name = `${major}-${version}-${size}-${Math.round(mtimeMs)}`;
  const folder = join(cache, 'postgres-clusters');
  const at = join(folder, name);
  return {
    copyTo: async data => ((await exists(join(at, 'PG_VERSION'))) ? copy(at, data) : false),
    keep: data => keep(data, { folder, name, major }),
    drop: () => rm(at, { recursive: true, force: true }),
  };
}

interface Place {
  readonly folder: string;
  readonly name: string;
  readonly major: number;
}

/** Whole or not at all. A drill does not fail because there was no room for what would make the next one faster. */
async function keep(data: string, { folder, name, major }: Place): Promise<void> {
  const temporary = join(folder, `.${name}.${process.pid}`);
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    if (!(await copy(data, temporary))) return;
    for (const other of await readdir(folder)) {
      if (other.startsWith(`${major}-`) && other !== name) await rm(join(folder, other), { recursive: true, force: true });
    }
    await rename(temporary, join(folder, name));
  } catch {
    // Another drill was faster, or the disk is full: the next drill runs initdb again, as this one did.
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Contents of a folder into another one. Owners are those of whoever copies; the jail hands them on. */
async function copy(from: string, to: string): Promise<boolean> {
  const args = ['-R', '--preserve=mode', '--reflink=auto', '--', `${from}/.`, to];
  const result = await runTool(
    { file: 'cp', args, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeLimitMs: COPY_MS },
    new AbortController().signal,
  );
  return result.exitCode === 0;
}
