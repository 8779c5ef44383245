import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { isTimeFor, nowMs, type WorkerRun } from './run.ts';

/** What can wait is put off to the next look once this one has worked so long for its clients. */
const LONG_ENOUGH_MS = 300;
/** But so much is done at each look, however slow the machine is: looks of a few clients do the same everywhere. */
const AT_LEAST = 12;
/** Opening a ledger, and all that is written into it in one go, beside a few questions to the state. */
export const HEAVY = 3;

/** How much of what can wait was done at one look. */
export interface Turns {
  readonly beganMs: number;
  taken: number;
  /** The first client whose turn was put off. */
  putOff: string | undefined;
}

export function newTurns(): Turns {
  return { beganMs: performance.now(), taken: 0, putOff: undefined };
}

/** Whoever was put off at the last look comes first at this one. */
export function inTurn(clients: readonly string[], first: string | undefined): readonly string[] {
  const at = first === undefined ? 0 : Math.max(0, clients.indexOf(first));
  return [...clients.slice(at), ...clients.slice(0, at)];
}

/** Whether this look still has time for something that can wait. */
export function takesTurn({ turns }: WorkerRun, client: string, weight = 1): boolean {
  if (turns.taken >= AT_LEAST && performance.now() - turns.beganMs > LONG_ENOUGH_MS) {
    turns.putOff ??= client;
    return false;
  }
  turns.taken += weight;
  return true;
}

export interface Turn {
  readonly client: string;
  readonly what: string;
  readonly everyMs: number;
  readonly weight?: number;
}

/**
 * Like `isTimeFor`, for what is done for each client or plan of many. After a first time each has a moment of its own in the period, so that all of
 * them do not come at the same look for ever; and when they do all the same (a day has ended, a worker was off for a week), they are spread over
 * the looks that follow.
 */
export function isTurnOf(run: WorkerRun, { client, what, everyMs, weight = 1 }: Turn): boolean {
  const name = `${client} ${what}`;
  const before = run.done.get(name);
  if (!isTimeFor(run, name, everyMs)) return false;
  if (takesTurn(run, client, weight)) {
    if (before === undefined) run.done.set(name, nowMs(run) - Math.floor(shareOf(name) * everyMs));
    return true;
  }
  if (before === undefined) run.done.delete(name);
  else run.done.set(name, before);
  return false;
}

/** A number in [0, 1), always the same for the same text. */
function shareOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
