import { join } from 'node:path';
import { exists, mkdir, readdir, rename, rm } from './files.ts';
import { runTool } from './process.ts';

const COPY_MS = 120_000;

/** The data of an empty server as they were made, kept for the next one: making them takes a second, copying them a tenth. */
export interface EmptyData {
  /** Whether they were copied into the (empty) folder of the data. */
  copyTo(data: string): Promise<boolean>;
  /** Keeps what has just been made, before any server ran on it and before anything of a backup was near it. */
  keep(data: string): Promise<void>;
  /** Takes it away: a server did not start on it. */
  drop(): Promise<void>;
}

/** No folder to keep them in. */
export const notKept: EmptyData = {
  copyTo: () => Promise.resolve(false),
  keep: () => Promise.resolve(),
  drop: () => Promise.resolve(),
};

/** What is kept below `folder`: under the name of the very programs that made it; older ones of the same family go. */
export interface KeptPlace {
  readonly folder: string;
  readonly name: string;
  /** Beginning of the names that this one replaces. */
  readonly family: string;
  /** A file that is there if all of it is. */
  readonly mark: string;
}

/** The folder must be one that no jail ever sees. */
export function keptData(place: KeptPlace): EmptyData {
  const at = join(place.folder, place.name);
  return {
    copyTo: async data => ((await exists(join(at, place.mark))) ? copy(at, data) : false),
    keep: data => keep(data, place),
    drop: () => rm(at, { recursive: true, force: true }),
  };
}

/** Whole or not at all. A drill does not fail because there was no room for what would make the next one faster. */
async function keep(data: string, { folder, name, family }: KeptPlace): Promise<void> {
  const temporary = join(folder, `.${name}.${process.pid}`);
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    if (!(await copy(data, temporary))) return;
    for (const other of await readdir(folder)) {
      if (other.startsWith(family) && other !== name) await rm(join(folder, other), { recursive: true, force: true });
    }
    await rename(temporary, join(folder, name));
  } catch {
    // Another drill was faster, or the disk is full: they are made anew next time, as they were this time.
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
