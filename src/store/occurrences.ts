import type { Entry, FieldsOf } from '../evidence/entry.ts';
import type { Client } from '../plan/client.ts';
import { periodsDue, type PlansNow } from '../schedule/period.ts';
import { StoreError } from './error.ts';
import type { LedgerIndex } from './ledger-index.ts';
import type { Ledger, LedgerPosition } from './ledger.ts';
import { retryUntil, type FirstAttempt, type OpenOccurrence } from './schedule-index.ts';
import type { SubjectFile } from './subject-files.ts';

const SYSTEM = { kind: 'system', id: 'resurgam' } as const;

const RETRY_AFTER_MS = 10 * 60_000;

export type MissedCause = FieldsOf<'drill-missed'>['cause'];

/**
 * Writes the schedule as far ahead as it must reach; nothing if it does. To be called at start-up, when a plan or client changed, and
 * every few minutes. Decided under the ledger's lock: two at once write it once. `now`: ISO. Gives how many entries were written.
 */
export async function writeSchedules(ledger: Ledger, plans: PlansNow, now: string): Promise<number> {
  // Mostly nothing is due: then no lock is taken. What another process wrote meanwhile is seen by the next call.
  if (periodsDue(ledger.index.schedule, plans, later(now, ledger.index.at)).length === 0) return 0;
  const { appended } = await ledger.appendAll((index, at) =>
    periodsDue(index.schedule, plans, later(now, at)).map(({ cancels, ...period }) => {
      const fields: FieldsOf<'schedule'> =
        period.kind === 'drill'
          ? { ...period, occurrences: period.occurrences.map(one => ({ ...one })), cancels: [...cancels] }
          : { ...period, cancels: [...cancels] };
      return { entry: { type: 'schedule', actor: SYSTEM, fields } };
    }),
  );
  return appended;
}

/**
 * Writes `drill-missed` for each occurrence that is past its `lateAfter` and was never started (evidence.md, section 8.3). `cause` gives what
 * the caller knows of a plan in whose time a worker was heard; for the others it is `worker-not-running`. Gives how many there were.
 */
export async function endMissed(ledger: Ledger, now: string, cause: (plan: string) => MissedCause = () => 'unknown'): Promise<number> {
  if (overdueDrills(ledger.index, now).length === 0) return 0;
  const { appended } = await ledger.appendAll((index, clock) => {
    const at = later(now, clock);
    return overdueDrills(index, at).map(({ id, plan, dueAt, lateAfter }) => {
      const heard = index.schedule.heardBetween(dueAt, lateAfter, at);
      const fields = { occurrence: id, dueAt, lateAfter, cause: heard ? cause(plan) : 'worker-not-running' } as const;
      return { entry: { type: 'drill-missed', actor: SYSTEM, fields } };
    });
  });
  return appended;
}

/** Past their `lateAfter`, and never started. */
export function overdueDrills(index: LedgerIndex, now: string): readonly OpenOccurrence[] {
  const at = later(now, index.at);
  return [...index.schedule.open()].filter(one => one.attempts === 0 && one.lateAfter < at);
}

/** What a person decided about one occurrence. */
export interface Skip {
  readonly occurrence: string;
  /** One line, at most 280 characters: it is signed. */
  readonly reason: string;
  /** A contact of the client. */
  readonly approvedBy: string;
  /** ISO, UTC, milliseconds. */
  readonly approvedAt: string;
}

export type SkipOutcome = { readonly skipped: LedgerPosition } | { readonly refused: string };

/** Skips an occurrence before it is due. What is due, started or ended cannot be skipped any more: that would hide it. */
export async function skip(ledger: Ledger, wish: Skip, client: Pick<Client, 'contacts'>): Promise<SkipOutcome> {
  let refused: string | undefined;
  const position = await ledger.appendAll((index, at) => {
    refused = whyNotSkipped(index, wish, { client, at });
    const { occurrence, reason, approvedBy, approvedAt } = wish;
    const fields = { occurrence, reason: reason.trim(), approvedBy, approvedAt };
    return refused === undefined ? [{ entry: { type: 'drill-skipped', actor: { kind: 'person', id: approvedBy }, fields } }] : [];
  });
  return refused === undefined ? { skipped: position } : { refused };
}

function whyNotSkipped(
  index: LedgerIndex,
  wish: Skip,
  { client, at }: { readonly client: Pick<Client, 'contacts'>; readonly at: string },
): string | undefined {
  if (!Object.hasOwn(client.contacts, wish.approvedBy)) return `${wish.approvedBy} is no contact of the client`;
  if (!/^\P{Cc}{1,280}$/u.test(wish.reason.trim())) return 'expected a reason: one line of at most 280 characters';
  if (wish.approvedAt > at) return 'the approval lies in the future';
  const one = index.schedule.get(wish.occurrence);
  if (one === undefined) return notOpen(index, wish.occurrence);
  if (one.attempts > 0) return 'it was started already';
  // Strictly before: an entry of the very moment would be taken for one that came after the outcome was known.
  return at < one.dueAt ? undefined : `it has been due since ${one.dueAt}`;
}

/** One attempt at an occurrence that may begin. */
export interface Attempt {
  readonly occurrence: OpenOccurrence;
  readonly attempt: number;
  /** The drill before, if there was one. */
  readonly retryOf: string | null;
  /** What the first attempt fixed; `null` if this is the first. */
  readonly first: FirstAttempt | null;
}

/** Occurrences that are due and were not started yet, the one that is missed soonest first. `now`: ISO. */
export function dueDrills(index: LedgerIndex, now: string): readonly Attempt[] {
  return attemptsAt(index, now).filter(({ attempt }) => attempt === 1);
}

/**
 * Occurrences whose attempts were all inconclusive and that should be tried again, at most until a day after they were due: ten minutes
 * after the first attempt, and after each further one twice as long. What cannot be told for a day is so told by eight entries, not by
 * thousands. A person need not wait (`attemptAt`).
 */
export function retriesAt(index: LedgerIndex, now: string): readonly Attempt[] {
  const at = later(now, index.at);
  return attemptsAt(index, now).filter(({ attempt, retryOf }) => {
    const ended = index.finished.get(retryOf ?? '')?.at;
    const waitMs = RETRY_AFTER_MS * 2 ** (attempt - 2);
    return attempt > 1 && (ended === undefined || Date.parse(at) - Date.parse(ended) >= waitMs);
  });
}

/** The attempt that may begin now at this occurrence, or why none may. */
export function attemptAt(index: LedgerIndex, id: string, now: string): Attempt | { readonly refused: string } {
  const one = index.schedule.get(id);
  if (one === undefined) return { refused: notOpen(index, id) };
  const refused = whyNotNow(one, later(now, index.at));
  return refused === undefined ? attemptOf(one) : { refused };
}

/**
 * The `drill-started` entry; of an occurrence only if it is still open and this is its next attempt. Throws StoreError `not-open` if it
 * was missed, skipped or started by somebody else meanwhile: then nothing is written, and nothing may be restored.
 */
export function appendStart(
  ledger: Ledger,
  entry: Extract<Entry, { type: 'drill-started' }>,
  files: readonly SubjectFile[],
): Promise<unknown> {
  const { occurrence, attempt } = entry.fields;
  return ledger.appendAll(index => {
    const one = occurrence === null ? undefined : index.schedule.get(occurrence);
    const free = occurrence === null || (one?.running === null && one.attempts + 1 === attempt);
    if (free) return [{ entry, files }];
    throw new StoreError('not-open', `${occurrence}: expected an open occurrence, it has ended or is being drilled`, {
      hint: 'Drill without --occurrence; the drill then counts as one on demand.',
    });
  });
}

function attemptsAt(index: LedgerIndex, now: string): readonly Attempt[] {
  const at = later(now, index.at);
  return [...index.schedule.open()]
    .filter(one => whyNotNow(one, at) === undefined)
    .sort((a, b) => order(a.lateAfter, b.lateAfter) || order(a.dueAt, b.dueAt) || order(a.id, b.id))
    .map(attemptOf);
}

function attemptOf(one: OpenOccurrence): Attempt {
  return { occurrence: one, attempt: one.attempts + 1, retryOf: one.last, first: one.first };
}

function whyNotNow(one: OpenOccurrence, at: string): string | undefined {
  if (at < one.dueAt) return `it is not due before ${one.dueAt}`;
  if (one.running !== null) return `drill ${one.running} is at it`;
  const until = one.attempts === 0 ? one.lateAfter : retryUntil(one);
  return at <= until ? undefined : `it should have begun before ${until}: a drill now is on demand and ends nothing`;
}

function notOpen(index: LedgerIndex, id: string): string {
  const spent = index.schedule.spent(id);
  return spent === undefined ? 'no such occurrence is open: it has ended, or was never scheduled' : `it was ${spent}`;
}

/** The clock may have been set back; the ledger's time never goes back. */
function later(now: string, at: string): string {
  return now > at ? now : at;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
