import { hostname } from 'node:os';
import { elsewhere, silentWorkers, workers, type WorkerRow } from '../store/state/workers.ts';
import type { State } from '../store/state/state.ts';
import { isHinted } from '../system/hinted.ts';
import { fine, lacking, untold, type Answer, type Part } from './answer.ts';
import type { Look } from './setting.ts';

/** Heartbeats and due times of several machines are compared with each other. */
const CLOCK_MS = 5_000;

/** The PostgreSQL server that keeps the state: there, of this release, with a clock like ours, and with a worker. */
export async function statePart(look: Look): Promise<Part> {
  const { state, stateError, givenServer, now } = look;
  const title = 'State (PostgreSQL)';
  const subject = givenServer ? 'server of DATABASE_URL' : 'private server';
  if (state === undefined) return { title, answers: [unreachable(subject, stateError)] };
  try {
    const there = fine(subject, 'reachable, tables are of this release');
    const rows = await workers(state);
    const clock = givenServer ? await clockAnswer(state, now) : fine('clock', 'the same as ours');
    return { title, answers: [there, clock, workerAnswer(rows, now()), ...(givenServer ? [machinesAnswer(look, rows)] : [])] };
  } catch (error) {
    return { title, answers: [unreachable(subject, error)] };
  }
}

function unreachable(subject: string, error: unknown): Answer {
  return lacking(subject, {
    says: isHinted(error) ? error.message : 'no answer',
    without: 'nothing is scheduled, checked, queued or escalated',
    todo: isHinted(error) ? error.hint : 'Start the server, or look at DATABASE_URL.',
  });
}

async function clockAnswer(state: State, now: () => string): Promise<Answer> {
  const before = Date.parse(now());
  const [row] = await state.all(tx => tx.query('select clock_timestamp() as at'));
  const middle = (before + Date.parse(now())) / 2;
  return clockDifference(Date.parse(String(row?.['at'])) - middle);
}

/** Of the server's clock, in milliseconds ahead of ours. Pure. */
export function clockDifference(ms: number): Answer {
  const subject = 'clock';
  const todo = 'Let both machines keep time by NTP (for example systemd-timesyncd or chrony).';
  const without = 'workers look silent, and occurrences are due too early or too late';
  if (Number.isNaN(ms)) return untold(subject, { says: 'the server did not say its time', without, todo });
  const seconds = Math.round(Math.abs(ms) / 1_000);
  if (Math.abs(ms) <= CLOCK_MS) return fine(subject, 'within 5 s of the clock of the server');
  return lacking(subject, { says: `ours is ${seconds} s ${ms > 0 ? 'behind' : 'ahead of'} the server's`, without, todo });
}

function workerAnswer(all: readonly WorkerRow[], now: string): Answer {
  const rows = all.filter(row => row.state !== 'stopped');
  const silent = silentWorkers(rows, now);
  const lack = {
    without: 'nothing is checked or drilled by itself',
    todo: 'Start resurgam serve (packaging/resurgam.service).',
    needed: false,
  };
  if (rows.length === 0) return lacking('worker', { ...lack, says: 'none has run' });
  if (silent.length === rows.length) return lacking('worker', { ...lack, says: `silent: ${silent.map(row => row.id).join(', ')}` });
  return fine('worker', `${rows.length - silent.length} of ${rows.length} heard lately`);
}

/** Machines that share the server and not their ledgers know nothing of each other's drills. */
function machinesAnswer({ sharesLedgers = false, now }: Look, rows: readonly WorkerRow[]): Answer {
  const subject = 'other machines';
  const others = elsewhere(rows, { host: hostname(), now: now() });
  const hosts = [...new Set(others.map(({ host }) => host))].join(', ');
  if (others.length === 0) return fine(subject, 'none works with this server');
  if (sharesLedgers) return fine(subject, `${hosts}: ledgers are shared`);
  return lacking(subject, {
    says: `${hosts}: ledgers are not shared`,
    without: 'each drill is done twice, and signed in two ledgers that know nothing of each other',
    todo: 'Set RESURGAM_LEDGERS=shared on every machine, or give each a database of its own.',
  });
}
