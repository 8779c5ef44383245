import { asObject, asText, type Statement } from '../evidence/statement.ts';
import type { Occurrence } from '../schedule/occurrence.ts';
import type { Scheduled, ScheduledUntil } from '../schedule/scheduled.ts';

/** What the first attempt of an occurrence fixed: a retry keeps it (measurement.md, section 3). */
export interface FirstAttempt {
  readonly failureInstant: string;
  readonly seed: string | null;
  readonly recoveryPoints: readonly { readonly component: string; readonly id: string }[];
}

/** An occurrence of a drill that was listed and has not ended; or whose attempts were all inconclusive, as long as it may be retried. */
export interface OpenOccurrence extends Occurrence {
  readonly plan: string;
  readonly attempts: number;
  /** The drill that is at it. */
  readonly running: string | null;
  /** The last drill that ended. */
  readonly last: string | null;
  readonly first: FirstAttempt | null;
}

/** How occurrences ended, over the whole ledger: verdicts, `skipped`, `missed`. */
export type EndCounts = Readonly<Record<string, number>>;

/** A stretch in which heartbeats came as they should. */
interface Heard {
  readonly from: string;
  readonly to: string;
  readonly intervalMs: number;
}

/** A retry may begin as late as this after the occurrence was due; evidence.md leaves it open. */
const RETRY_MS = 86_400_000;
/** A heartbeat that comes later than one and a half intervals after the other leaves silence between them. */
const LATE_BEAT = 1.5;
/** Old stretches say nothing about occurrences that are still open. */
const MOST_STRETCHES = 64;

/** What is scheduled and how it stands: memory for what is open, and figures for what has ended. */
export class ScheduleIndex implements Scheduled {
  readonly #until = new Map<string, ScheduledUntil>();
  readonly #open = new Map<string, OpenOccurrence>();
  /** Ids by plan, in the order in which they were listed. */
  readonly #byPlan = new Map<string, Set<string>>();
  readonly #spent = new Map<string, { readonly as: 'skipped' | 'cancelled'; readonly dueAt: string }>();
  readonly #inconclusive = new Set<string>();
  readonly #ended = new Map<string, number>();
  readonly #heard: Heard[] = [];
  readonly #beats = new Map<string, string>();
  #listed = 0;
  #cancelled = 0;
  #day = '';

  take({ type, predicate }: Statement): void {
    this.#forget(predicate.at);
    if (type === 'schedule') this.#schedule(predicate);
    else if (type === 'drill-started') this.#started(predicate);
    else if (type === 'drill-finished') this.#finished(predicate);
    else if (type === 'drill-skipped') this.#close(asText(predicate.occurrence), 'skipped');
    else if (type === 'drill-missed') this.#close(asText(predicate.occurrence), 'missed');
    else if (type === 'heartbeat') this.#beat(predicate);
  }

  until(plan: string, kind: ScheduledUntil['kind']): ScheduledUntil | undefined {
    return this.#until.get(`${plan} ${kind}`);
  }

  *plans(): Iterable<string> {
    for (const { plan, kind } of this.#until.values()) if (kind === 'drill') yield plan;
  }

  /** Everything of one plan that is not ended. */
  *openOf(plan: string): Iterable<OpenOccurrence> {
    for (const id of this.#byPlan.get(plan) ?? []) {
      const one = this.#open.get(id);
      if (one !== undefined) yield one;
    }
  }

  *waitingOf(plan: string): Iterable<OpenOccurrence> {
    for (const id of this.#byPlan.get(plan) ?? []) {
      const one = this.#open.get(id);
      if (one?.attempts === 0) yield one;
    }
  }

  spent(id: string): 'skipped' | 'cancelled' | undefined {
    return this.#spent.get(id)?.as;
  }

  /** Everything that is not ended, in the order in which it was listed. */
  open(): Iterable<OpenOccurrence> {
    return this.#open.values();
  }

  get(id: string): OpenOccurrence | undefined {
    return this.#open.get(id);
  }

  /** Listed and not cancelled, and how those ended that did. */
  counts(): { readonly scheduled: number; readonly ended: EndCounts } {
    return { scheduled: this.#listed - this.#cancelled, ended: Object.fromEntries(this.#ended) };
  }

  /** `at` of the last heartbeat of each worker. */
  lastHeartbeats(): ReadonlyMap<string, string> {
    return this.#beats;
  }

  /** Whether a worker was heard in this time: a heartbeat lies in it, or it lies between two that came in time. `now`: ledger time. */
  heardBetween(from: string, to: string, now: string): boolean {
    return this.#heard.some((stretch, index) => {
      const isLast = index === this.#heard.length - 1;
      const until = isLast && distance(stretch.to, now) <= LATE_BEAT * stretch.intervalMs ? now : stretch.to;
      return stretch.from <= to && until >= from;
    });
  }

  #schedule(predicate: Statement['predicate']): void {
    const said = asObject(predicate.rule);
    const kind = predicate.kind === 'backup-check' ? 'backup-check' : 'drill';
    const [plan, planDigest, to] = [text(predicate.plan), text(predicate.planDigest), text(predicate.to)];
    this.#until.set(`${plan} ${kind}`, { plan, planDigest, kind, to, rule: { cron: text(said.cron), timeZone: text(said.timeZone) } });
    for (const { id } of listed(predicate.cancels)) this.#cancel(text(id));
    for (const { id, dueAt, lateAfter } of listed(predicate.occurrences)) {
      const one = { id: text(id), dueAt: text(dueAt), lateAfter: text(lateAfter), plan };
      this.#listed += 1;
      this.#open.set(one.id, { ...one, attempts: 0, running: null, last: null, first: null });
      const ids = this.#byPlan.get(plan);
      if (ids === undefined) this.#byPlan.set(plan, new Set([one.id]));
      else ids.add(one.id);
    }
  }

  #cancel(id: string): void {
    const one = this.#drop(id);
    if (one === undefined) return;
    this.#cancelled += 1;
    this.#spent.set(id, { as: 'cancelled', dueAt: one.dueAt });
  }

  #started(predicate: Statement['predicate']): void {
    const one = this.#open.get(asText(predicate.occurrence) ?? '');
    if (one === undefined) return;
    const attempts = Math.max(one.attempts + 1, Number(predicate.attempt) || 0);
    this.#open.set(one.id, { ...one, attempts, running: text(predicate.drill), first: one.first ?? firstOf(predicate) });
  }

  #finished(predicate: Statement['predicate']): void {
    const one = this.#open.get(asText(predicate.occurrence) ?? '');
    if (one === undefined) return;
    const verdict = text(predicate.verdict);
    if (verdict === 'inconclusive') {
      this.#open.set(one.id, { ...one, running: null, last: text(predicate.drill) });
      if (!this.#inconclusive.has(one.id)) this.#count('inconclusive', 1);
      this.#inconclusive.add(one.id);
    } else this.#close(one.id, verdict);
  }

  #close(id: string | undefined, as: string): void {
    const one = this.#drop(id ?? '');
    if (one === undefined) return;
    if (this.#inconclusive.delete(one.id)) this.#count('inconclusive', -1);
    this.#count(as, 1);
    if (as === 'skipped') this.#spent.set(one.id, { as, dueAt: one.dueAt });
  }

  #drop(id: string): OpenOccurrence | undefined {
    const one = this.#open.get(id);
    this.#open.delete(id);
    if (one !== undefined) this.#byPlan.get(one.plan)?.delete(id);
    return one;
  }

  #count(as: string, by: number): void {
    this.#ended.set(as, (this.#ended.get(as) ?? 0) + by);
  }

  #beat({ at, worker, intervalMs }: Statement['predicate']): void {
    const interval = typeof intervalMs === 'number' ? intervalMs : 0;
    this.#beats.set(text(worker), at);
    const last = this.#heard.at(-1);
    if (last !== undefined && distance(last.to, at) <= LATE_BEAT * Math.max(last.intervalMs, interval)) {
      this.#heard[this.#heard.length - 1] = { from: last.from, to: at, intervalMs: interval };
      return;
    }
    this.#heard.push({ from: at, to: at, intervalMs: interval });
    if (this.#heard.length > MOST_STRETCHES) this.#heard.shift();
  }

  /** Once a day, what can no longer matter: spent ids that are past, and inconclusive ones that cannot be retried any more. */
  #forget(at: string): void {
    const day = at.slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    for (const [id, { dueAt }] of this.#spent) if (dueAt < at) this.#spent.delete(id);
    for (const id of this.#inconclusive) {
      const one = this.#open.get(id);
      if (one?.running === null && retryUntil(one) < at) {
        this.#drop(id);
        this.#inconclusive.delete(id);
      }
    }
  }
}

/** Until when an inconclusive attempt may be followed by another. */
export function retryUntil({ dueAt, lateAfter }: Occurrence): string {
  const day = new Date(Date.parse(dueAt) + RETRY_MS).toISOString();
  return day > lateAfter ? day : lateAfter;
}

function firstOf(predicate: Statement['predicate']): FirstAttempt {
  return {
    failureInstant: text(predicate.failureInstant),
    seed: asText(asObject(predicate.sample).seed) ?? null,
    recoveryPoints: listed(predicate.recoveryPoints).map(({ component, id }) => ({ component: text(component), id: text(id) })),
  };
}

function listed(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function text(value: unknown): string {
  return asText(value) ?? '';
}

function distance(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
