import { asObject, asText, type Statement } from '../evidence/statement.ts';
import { machineKeys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import { readLedger } from './read-ledger.ts';

/** How an occurrence stands. `open`: a drill of it was lost or is past its time without an end; an honest ledger has none. */
export type Ending = 'passed' | 'objective-missed' | 'failed' | 'inconclusive' | 'skipped' | 'missed' | 'running' | 'pending' | 'open';

/** A scheduled drill and what became of it. */
export interface EndedOccurrence {
  readonly id: string;
  readonly plan: string;
  readonly dueAt: string;
  readonly lateAfter: string;
  readonly ending: Ending;
  /** The drill that counts, or that runs. */
  readonly drill: string | null;
  readonly attempts: number;
}

/** The first line of the reconciliation box (evidence.md, section 14). */
export interface Reconciliation {
  readonly scheduled: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Drills without an occurrence that began in the period. */
  readonly onDemand: number;
  readonly firstAttemptPassed: number;
  /** Occurrences that ended with a drill. */
  readonly finished: number;
  /** Every occurrence ended exactly once, or is running or pending: the figures add up. */
  readonly whole: boolean;
}

interface Seen {
  readonly plan: string;
  readonly dueAt: string;
  readonly lateAfter: string;
  attempts: number;
  running: string | null;
  firstVerdict: string | null;
  /** How it ended, each time that the ledger says so. */
  readonly ends: { as: Ending; drill: string | null }[];
}

const CONCLUSIVE: readonly string[] = ['passed', 'objective-missed', 'failed'];

/** Takes every entry of a ledger and keeps what was due in a period. */
export class Endings {
  readonly #from: string;
  readonly #to: string;
  readonly #seen = new Map<string, Seen>();
  #onDemand = 0;
  #unknown = 0;

  /** ISO, UTC, milliseconds; `to` is not in it. */
  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  take({ type, predicate }: Statement): void {
    if (type === 'schedule' && predicate.kind === 'drill') this.#schedule(predicate);
    else if (type === 'drill-started' || type === 'drill-finished') this.#drill(type, predicate);
    else if (type === 'drill-skipped' || type === 'drill-missed') {
      const as = type === 'drill-skipped' ? 'skipped' : 'missed';
      this.#seen.get(asText(predicate.occurrence) ?? '')?.ends.push({ as, drill: null });
    }
  }

  /** In the order in which they were due. `now`: ISO. */
  occurrences(now: string): readonly EndedOccurrence[] {
    return [...this.#seen]
      .map(([id, one]) => ({
        id,
        plan: one.plan,
        dueAt: one.dueAt,
        lateAfter: one.lateAfter,
        ...standing(one, now),
        attempts: one.attempts,
      }))
      .sort((a, b) => (a.dueAt === b.dueAt ? order(a.id, b.id) : order(a.dueAt, b.dueAt)));
  }

  reconciliation(now: string): Reconciliation {
    const endings: Record<Ending, number> = { ...NONE };
    for (const { ending } of this.occurrences(now)) endings[ending] += 1;
    const all = [...this.#seen.values()];
    return {
      scheduled: all.length,
      endings,
      onDemand: this.#onDemand,
      firstAttemptPassed: all.filter(one => one.firstVerdict === 'passed').length,
      finished: all.filter(one => one.firstVerdict !== null).length,
      whole: endings.open === 0 && this.#unknown === 0 && all.every(one => new Set(one.ends.map(endOf)).size <= 1),
    };
  }

  #schedule(predicate: Statement['predicate']): void {
    for (const one of listed(predicate.cancels)) this.#seen.delete(text(one.id));
    for (const one of listed(predicate.occurrences)) {
      const dueAt = text(one.dueAt);
      if (dueAt < this.#from || dueAt >= this.#to) continue;
      const rest = { attempts: 0, running: null, firstVerdict: null, ends: [] };
      this.#seen.set(text(one.id), { plan: text(predicate.plan), dueAt, lateAfter: text(one.lateAfter), ...rest });
    }
  }

  #drill(type: 'drill-started' | 'drill-finished', predicate: Statement['predicate']): void {
    const occurrence = asText(predicate.occurrence);
    if (occurrence === undefined) {
      if (type === 'drill-finished' && predicate.at >= this.#from && predicate.at < this.#to) this.#onDemand += 1;
      return;
    }
    const one = this.#seen.get(occurrence);
    const drill = text(predicate.drill);
    if (one === undefined) return;
    if (type === 'drill-started') {
      one.attempts += 1;
      one.running = drill;
      return;
    }
    const verdict = text(predicate.verdict);
    if (one.running !== drill) this.#unknown += 1;
    one.running = null;
    one.firstVerdict ??= verdict;
    // The first conclusive verdict counts; a retry takes the place of an inconclusive one only.
    const last = one.ends.at(-1);
    if (last !== undefined && CONCLUSIVE.includes(last.as)) return;
    one.ends.push({ as: CONCLUSIVE.includes(verdict) ? (verdict as Ending) : 'inconclusive', drill });
  }
}

/** What was due in a period, read from the ledger in one pass. `from`, `to`: ISO, UTC, milliseconds. Throws StoreError `ledger-altered`. */
export async function readEndings(ledger: Ledger, from: string, to: string): Promise<Endings> {
  const endings = new Endings(from, to);
  const { known } = await machineKeys(ledger.home, ledger.client);
  await readLedger({ paths: ledger.paths, client: ledger.client, keys: known, each: statement => endings.take(statement) });
  return endings;
}

const NONE: Readonly<Record<Ending, number>> = {
  passed: 0,
  'objective-missed': 0,
  failed: 0,
  inconclusive: 0,
  skipped: 0,
  missed: 0,
  running: 0,
  pending: 0,
  open: 0,
};

function standing(one: Seen, now: string): { readonly ending: Ending; readonly drill: string | null } {
  const end = one.ends.at(-1);
  if (end !== undefined) return { ending: end.as, drill: end.drill };
  if (one.running !== null) return { ending: 'running', drill: one.running };
  return { ending: now <= one.lateAfter ? 'pending' : 'open', drill: null };
}

/** Attempts are one end; a skip or a miss beside them is a second. */
function endOf({ as }: { readonly as: Ending }): string {
  return as === 'skipped' || as === 'missed' ? as : 'drilled';
}

function listed(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function text(value: unknown): string {
  return asText(value) ?? '';
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
