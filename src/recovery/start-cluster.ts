import { join } from 'node:path';
import type { Component } from '../plan/plan.ts';
import { runTool, type ToolResult } from '../system/process.ts';
import { findServer } from '../system/postgres-binaries.ts';
import type { Course } from './course.ts';
import { RecoveryError } from './error.ts';
import { asOwner, ownerOf } from './owner.ts';
import { ask, serverAt } from './server.ts';

/** pg_ctl waits for as long as a start may take. */
const WAIT_SECONDS = 86_400;
const RUNS = 0;
const RUNS_NOT = 3;

/** Starts a delivered cluster as its owner, with the programs of its major version that are installed here. It goes on running when we end. */
export async function startCluster({ order, run, state }: Course, { name, service }: Component): Promise<void> {
  const { cluster: place } = order.source.target.components[name] ?? {};
  const at = serverAt({ cluster: place }, state.brought[name]);
  if (place === undefined || at === undefined) throw new Error('a cluster that was not brought');
  const bin = await programsOf(Number(state.brought[name]?.layout['major']), { name, given: service?.options['binaries'] });
  const owner = await ownerOf(place.owner, name);
  const control = (...words: readonly string[]): Promise<ToolResult> =>
    runTool(
      {
        ...{ file: join(bin, 'pg_ctl'), args: ['-D', place.folder, ...words], env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' } },
        ...{ timeLimitMs: WAIT_SECONDS * 1_000, ...asOwner(owner) },
      },
      run.stop,
    );
  const log = join(place.folder, 'start.log');
  const before = await control('status');
  if (before.exitCode !== RUNS && before.exitCode !== RUNS_NOT) throw notStarted(name, log);
  if (before.exitCode === RUNS_NOT) {
    const started = await control('-w', '-t', String(WAIT_SECONDS), '-l', log, 'start');
    if (started.exitCode !== 0) throw notStarted(name, log);
  }
  const [row] = await ask({ ...at, database: 'postgres' }, `select current_setting('data_directory') as folder`).catch(() => []);
  if (row?.['folder'] !== place.folder) throw notStarted(name, log);
}

/** Throws RecoveryError: a database in production is not run by programs out of a package of ours. */
export async function programsOf(major: number, { name, given }: { readonly name: string; readonly given: unknown }): Promise<string> {
  const found = await findServer(major, typeof given === 'string' ? given : undefined);
  if (found !== undefined && found.kind !== 'package') return found.bin;
  throw new RecoveryError(
    'step-failed',
    `${name}: the programs of PostgreSQL ${String(major)} are not installed on this machine`,
    `Install them (apt-get install postgresql-${String(major)}), then go on with --resume.`,
  );
}

function notStarted(name: string, log: string): RecoveryError {
  return new RecoveryError(
    'step-failed',
    `${name}: the server does not run as it should: see ${log}`,
    'Mend what it says, then go on with --resume.',
  );
}
