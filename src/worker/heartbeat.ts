import { hostname } from 'node:os';
import { StoreError } from '../store/error.ts';
import { beat, EVERY_SITE, type WorkerRow } from '../store/state/workers.ts';
import { measureMachine } from './room.ts';
import { guarded, type WorkerRun } from './run.ts';

/**
 * Says that this worker is there, what it is at and what it could take, and hears what it is asked: to drain, or to go because a newer release
 * has brought the tables further than this one may follow.
 */
export async function sayAlive(run: WorkerRun, state: 'working' | 'stopped'): Promise<void> {
  await guarded(run, 'room on this machine', () => measureMachine(run));
  await guarded(run, 'heartbeat', async () => {
    try {
      if (await beat(run.state, rowOf(run, state))) drain(run, 'asked to drain');
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'state-newer') throw error;
      run.outdated = error;
      drain(run, error.message);
    }
  });
}

function drain(run: WorkerRun, why: string): void {
  if (run.draining) return;
  run.draining = true;
  run.setting.say('warn', `${why}: nothing new is taken, and this worker ends with what it is at`);
}

function rowOf(run: WorkerRun, state: 'working' | 'stopped'): Omit<WorkerRow, 'drainAskedAt'> {
  const { app, setting, startedAt, drills, checks, machine } = run;
  return {
    ...{ id: setting.id, site: setting.site ?? EVERY_SITE, host: hostname(), pid: process.pid, version: app.version },
    ...{ startedAt, heartbeatAt: app.now(), intervalMs: setting.intervalMs },
    state: state === 'working' && run.draining ? 'draining' : state,
    doing: [...[...drills.keys()].map(key => `drill ${key}`), ...[...checks.keys()].map(key => `check ${key}`)],
    ...{
      slots: setting.slots,
      cpus: machine?.cpus ?? null,
      memoryBytes: machine?.memoryBytes ?? null,
      diskBytes: machine?.diskBytes ?? null,
    },
  };
}
