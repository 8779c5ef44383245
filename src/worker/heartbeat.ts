import { hostname } from 'node:os';
import { beat, elsewhere, EVERY_SITE, workers, type WorkerRow } from '../store/state/workers.ts';
import { measureMachine } from './room.ts';
import { drain, guarded, isTimeFor, type WorkerRun } from './run.ts';

const HOUR_MS = 3_600_000;

/** Says that this worker is there, what it is at and what it could take; and hears whether it is asked to drain. */
export async function sayAlive(run: WorkerRun, state: 'working' | 'stopped'): Promise<void> {
  await guarded(run, 'room on this machine', () => measureMachine(run));
  await guarded(run, 'heartbeat', async () => {
    if (await beat(run.state, rowOf(run, state))) drain(run, 'asked to drain');
  });
}

/** Machines that share a server and not their ledgers do everything twice, each in a ledger of its own, and call people of each other's. */
export async function warnOfStrangers(run: WorkerRun): Promise<void> {
  const { app, setting } = run;
  if (app.databaseUrl === undefined || app.sharesLedgers || !isTimeFor(run, 'workers elsewhere', HOUR_MS)) return;
  await guarded(run, 'workers elsewhere', async () => {
    const others = elsewhere(await workers(run.state), { host: hostname(), now: app.now() });
    if (others.length === 0) return;
    const names = others.map(({ id, host }) => `${id} on ${host}`).join(', ');
    setting.say(
      'warn',
      `the server of DATABASE_URL is used by other machines too (${names}), and ledgers are not shared: each drill is done and signed twice. ` +
        'Set RESURGAM_LEDGERS=shared on all of them, or give each a database of its own.',
    );
  });
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
