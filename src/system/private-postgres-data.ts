import { join } from 'node:path';
import { exists, readdir, readFile, rename, rm, stat, syncFolder } from './files.ts';
import { PrivatePostgresError, saidBy } from './private-postgres-error.ts';
import { MAJOR, type PrivatePlace, type ServerPrograms } from './private-postgres-place.ts';
import { runTool } from './process.ts';

const INIT_MS = 120_000;

/**
 * Makes the data folder once: beside its place and then by a rename, so that it is there whole or not at all, whenever we were interrupted.
 * Only under the lock. Throws PrivatePostgresError.
 */
export async function initialise(place: PrivatePlace, programs: ServerPrograms): Promise<void> {
  if (await isCluster(place)) return;
  const unfinished = `${place.data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const args = [
    '-D',
    unfinished,
    '-U',
    'resurgam',
    '-A',
    'trust',
    '--data-checksums',
    '--locale=C.UTF-8',
    '-E',
    'UTF8',
    '--no-instructions',
  ];
  const made = await runTool(
    { ...programs.command('initdb', args), env: programs.env, timeLimitMs: INIT_MS },
    new AbortController().signal,
  );
  if (made.exitCode !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw saidBy('initdb', made.stderr);
  }
  await rename(unfinished, place.data);
  await syncFolder(place.folder);
}

/** Remains of something that never was a cluster are put aside; a cluster without its version is a damage, and nothing to start anew from. */
async function isCluster({ data }: PrivatePlace): Promise<boolean> {
  if (!(await exists(data))) return false;
  if (await exists(join(data, 'PG_VERSION'))) {
    const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
    if (major === String(MAJOR)) return true;
    throw unusable(data, `of PostgreSQL ${MAJOR}, its PG_VERSION says ${major.slice(0, 20)}`);
  }
  if (await exists(join(data, 'global', 'pg_control'))) throw unusable(data, 'with a file PG_VERSION, there is none');
  await rename(data, `${data}.unfinished-${Date.now()}`);
  return false;
}

function unusable(data: string, what: string): PrivatePostgresError {
  return new PrivatePostgresError('data-unusable', `${data}: expected a data folder ${what}`, {
    hint: 'Move it aside and bring the state back with `resurgam state restore`, or bring back the release that made it.',
  });
}

/** Whether this process works in the data folder, as a postmaster and all its children do. A zombie works nowhere. */
export async function worksIn({ data }: PrivatePlace, pid: number): Promise<boolean> {
  if (pid <= 0) return false;
  try {
    const [own, its] = await Promise.all([stat(data), stat(`/proc/${pid}/cwd`)]);
    return own.dev === its.dev && own.ino === its.ino;
  } catch {
    return false;
  }
}

/**
 * Takes away the pid file that a dead server left. PostgreSQL refuses to start while any process of this account has that number, and after
 * a new boot, or in a container, an innocent one often has. While anybody at all works in the data folder it stays. Only under the lock.
 */
export async function removeStalePid(place: PrivatePlace): Promise<void> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const working = await Promise.all(pids.map(pid => worksIn(place, Number(pid))));
  if (!working.includes(true)) await rm(join(place.data, 'postmaster.pid'), { force: true });
}
