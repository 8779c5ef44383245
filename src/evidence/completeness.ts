import { asObject, asText, type Statement } from './statement.ts';

/** The drills of a ledger, reconciled: the summary line of `verify.sh`, member for member. */
export interface Summary {
  readonly scheduled: number;
  /** By verdict, `skipped` or `missed`; `null` if no scheduled occurrence ended. */
  readonly counted: Readonly<Record<string, number>> | null;
  readonly pending: number;
  readonly onDemand: number;
  /** Drills started and not finished. */
  readonly running: readonly string[];
  readonly problems: Problems;
}

/** What an honest record cannot have. Ids of occurrences, drills or plans. */
export interface Problems {
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  readonly noStart: readonly string[];
  readonly unscheduled: readonly string[];
  readonly lateSchedule: readonly string[];
  readonly lateCancel: readonly string[];
  readonly lateSkip: readonly string[];
  readonly gap: readonly string[];
}

interface Wanted {
  readonly id: string;
  readonly dueAt: string;
  readonly lateAfter: string;
}
interface Period {
  readonly plan: string;
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly occurrences: readonly Wanted[];
  readonly cancels: readonly string[];
}
interface Started {
  readonly drill: string;
  readonly occurrence: string | undefined;
  readonly seq: number;
}
interface Finished extends Started {
  readonly attempt: number;
  readonly verdict: string;
}
interface Closed {
  readonly id: string;
  readonly as: string;
}

/** Takes the entries one by one and keeps a few words of those about drills; `summary` then says whether every occurrence is accounted for. */
export class Completeness {
  readonly #periods: Period[] = [];
  readonly #started: Started[] = [];
  readonly #finished: Finished[] = [];
  readonly #skipped: { readonly id: string; readonly at: string }[] = [];
  readonly #missed: string[] = [];
  #now = '';

  take({ type, predicate }: Statement): void {
    this.#now = predicate.at;
    const { seq, at } = predicate;
    const occurrence = asText(predicate.occurrence);
    const started = { drill: asText(predicate.drill) ?? '', occurrence, seq };
    if (type === 'schedule' && predicate.kind === 'drill') this.#periods.push(periodOf(predicate));
    if (type === 'drill-started') this.#started.push(started);
    if (type === 'drill-finished') {
      const attempt = typeof predicate.attempt === 'number' ? predicate.attempt : 0;
      this.#finished.push({ ...started, attempt, verdict: asText(predicate.verdict) ?? '' });
    }
    if (type === 'drill-skipped') this.#skipped.push({ id: occurrence ?? '', at });
    if (type === 'drill-missed') this.#missed.push(occurrence ?? '');
  }

  summary(): Summary {
    const wanted = this.#wanted();
    const ids = new Set(wanted.map(({ id }) => id));
    const ended = new Set(this.#finished.map(({ drill }) => drill));
    const running = this.#started.filter(({ drill }) => !ended.has(drill));
    const closed = this.#closed();
    const closedIds = new Set(closed.map(({ id }) => id));
    const busy = new Set(running.map(({ occurrence }) => occurrence));
    const late = (one: Wanted): boolean => one.lateAfter < this.#now;
    return {
      scheduled: wanted.length,
      counted: count(closed.filter(({ id }) => ids.has(id)).map(({ as }) => as)),
      pending: wanted.filter(one => !late(one) && !closedIds.has(one.id)).length,
      onDemand: this.#finished.filter(({ occurrence }) => occurrence === undefined).length,
      running: running.map(({ drill }) => drill),
      problems: {
        missing: wanted.filter(one => late(one) && !closedIds.has(one.id) && !busy.has(one.id)).map(({ id }) => id),
        twice: this.#twice(closed),
        noStart: this.#noStart(),
        unscheduled: closed.map(({ id }) => id).filter(id => !ids.has(id)),
        ...this.#late(wanted),
        gap: this.#gaps(),
      },
    };
  }

  #wanted(): readonly Wanted[] {
    const cancelled = new Set(this.#periods.flatMap(({ cancels }) => cancels));
    return this.#periods.flatMap(({ occurrences }) => occurrences).filter(({ id }) => !cancelled.has(id));
  }

  /** How each occurrence ended: by its first conclusive attempt, by a skip, by being missed. */
  #closed(): readonly Closed[] {
    const attempts = groupBy(this.#finished, ({ occurrence }) => occurrence);
    const done = [...attempts].map(([id, all]) => {
      const inOrder = all.toSorted((a, b) => a.attempt - b.attempt);
      return { id, as: inOrder.find(({ verdict }) => verdict !== 'inconclusive')?.verdict ?? 'inconclusive' };
    });
    const skipped = this.#skipped.map(({ id }) => ({ id, as: 'skipped' }));
    return [...done, ...skipped, ...this.#missed.map(id => ({ id, as: 'missed' }))];
  }

  #noStart(): readonly string[] {
    const first = new Map(this.#started.toReversed().map(({ drill, seq }) => [drill, seq]));
    return this.#finished.filter(({ drill, seq }) => (first.get(drill) ?? seq) >= seq).map(({ drill }) => drill);
  }

  #twice(closed: readonly Closed[]): readonly string[] {
    const attempts = this.#finished.filter(({ occurrence }) => occurrence !== undefined);
    return [
      ...repeated(closed, ({ id }) => id).map(({ id }) => id),
      ...repeated(this.#finished, ({ drill }) => drill).map(({ drill }) => drill),
      ...repeated(attempts, ({ occurrence, attempt }) => `${occurrence ?? ''} ${attempt}`).map(({ occurrence }) => occurrence ?? ''),
    ]
      .toSorted(byBytes)
      .filter((id, index, all) => id !== all[index - 1]);
  }

  #late(wanted: readonly Wanted[]): Pick<Problems, 'lateSchedule' | 'lateCancel' | 'lateSkip'> {
    const all = this.#periods.flatMap(({ occurrences }) => occurrences);
    return {
      lateSchedule: this.#periods.flatMap(({ at, occurrences }) => occurrences.filter(({ dueAt }) => dueAt <= at).map(({ id }) => id)),
      lateCancel: this.#periods.flatMap(({ at, cancels }) => cancels.filter(id => all.some(one => one.id === id && one.dueAt <= at))),
      lateSkip: this.#skipped.flatMap(({ id, at }) => wanted.filter(one => one.id === id && one.dueAt < at).map(() => id)),
    };
  }

  /** Plans whose schedule begins later than the one before it ended. */
  #gaps(): readonly string[] {
    return [...groupBy(this.#periods, ({ plan }) => plan)].flatMap(([plan, all]) => {
      const inOrder = all.toSorted((a, b) => byBytes(a.from, b.from));
      return inOrder.filter((period, index) => index > 0 && period.from > (inOrder[index - 1]?.to ?? '')).map(() => plan);
    });
  }
}

function periodOf(predicate: Statement['predicate']): Period {
  const listed = (value: unknown): readonly Readonly<Record<string, unknown>>[] => (Array.isArray(value) ? value.map(asObject) : []);
  const text = (value: unknown): string => asText(value) ?? '';
  return {
    plan: text(predicate.plan),
    from: text(predicate.from),
    to: text(predicate.to),
    at: predicate.at,
    occurrences: listed(predicate.occurrences).map(one => ({ id: text(one.id), dueAt: text(one.dueAt), lateAfter: text(one.lateAfter) })),
    cancels: listed(predicate.cancels).map(one => text(one.id)),
  };
}

/** Groups in the order of their keys, as jq's `group_by` has them. What has no key is left out. */
function groupBy<T>(all: readonly T[], keyOf: (one: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return new Map([...groups].toSorted(([a], [b]) => byBytes(a, b)));
}

/** The first of each group that has more than one member. */
function repeated<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...groupBy(all, keyOf).values()].flatMap(group => (group.length > 1 ? group.slice(0, 1) : []));
}

function count(words: readonly string[]): Readonly<Record<string, number>> | null {
  if (words.length === 0) return null;
  return Object.fromEntries([...groupBy(words, word => word)].map(([word, all]) => [word, all.length]));
}

/** jq compares strings by code point, not by locale. Ids are ASCII, where that is the plain order. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
