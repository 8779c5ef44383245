import { executiveAfter } from './advance.ts';
import { conditionRules, severityOf } from './condition.ts';
import { dueTimes, later } from './due.ts';
import { keyOf, type Matter, type Observed, type Rules } from './matter.ts';
import { DAY_MS, HOUR_MS } from './wall-time.ts';
import { mutedUntil } from './window.ts';

/** What resolved and came back within this time was never over: the same escalation goes on, with its clocks. */
export const SAME_THREAD_MS = HOUR_MS;
const FLAPPING_MS = 7 * DAY_MS;

/** Reopened so often within 7 days, a key needs two proofs in a row (escalation.md, section 7). */
const FLAPPING = 2;

/** A new escalation for this condition; `before` is the last one of the same key. Held if a maintenance window mutes it. */
export function openMatter(
  id: string,
  seen: Observed,
  { rules, before }: { readonly rules: Rules; readonly before: Matter | undefined },
): Matter {
  const { at, condition, system } = seen;
  const key = keyOf({ client: rules.client.client, system, condition });
  const severity = severityOf(condition, { ...rules, inARow: seen.inARow });
  const heldUntil = mutedUntil(at, seen, rules.client);
  const reopenedAt = before === undefined ? [] : reopenings(before, at);
  return {
    ...{ id, key, client: rules.client.client, system, plan: seen.plan, condition, severity, heldUntil },
    ...{ state: heldUntil === null ? 'open' : 'held', openedAt: at, ...dueTimes(severity, at, rules.client) },
    ...{ because: seen.because, lastBecause: seen.because, occasion: seen.occasion, observedAt: at, drill: seen.drill },
    ...{ codes: unique(seen.codes), components: unique(seen.components), affects: unique(seen.affects), repeats: (seen.times ?? 1) - 1 },
    ladder: { since: at, first: 'L1', reached: null, running: true, lastNotifiedAt: null, owed: false },
    ...{ acknowledgedAt: null, acknowledgedBy: null, responseMs: null, lastNoteAt: null },
    ...{ executiveNextAt: executiveAfter(severity, at), executiveLastAt: null },
    ...{ workaroundAt: null, restoredAt: null, resolvedAt: null, acceptedUntil: null },
    ...{ reopenedAt, proofsNeeded: proofsNeeded(reopenedAt), proofs: {}, needs: seen.needs ?? conditionRules[condition].needs },
    seenAt: at,
  };
}

/** What the matter knows once the condition was seen again. Evidence from before does not count any more. */
export function seenAgain(matter: Matter, seen: Observed): Matter {
  return {
    ...matter,
    lastBecause: seen.because,
    occasion: seen.occasion,
    observedAt: seen.at,
    drill: seen.drill ?? matter.drill,
    codes: unique([...seen.codes, ...matter.codes]),
    components: unique([...matter.components, ...seen.components]),
    affects: unique([...matter.affects, ...seen.affects]),
    needs: [...new Set([...matter.needs, ...(seen.needs ?? conditionRules[seen.condition].needs)])],
    proofs: {},
  };
}

/** Opened again after it was resolved. */
export function reopened(matter: Matter, at: string): Matter {
  const reopenedAt = reopenings(matter, at);
  return { ...matter, reopenedAt, proofsNeeded: proofsNeeded(reopenedAt), resolvedAt: null, restoredAt: null };
}

/** Whether what came back is still the same trouble. */
export function isSameThread(matter: Matter, at: string): boolean {
  return matter.resolvedAt !== null && Date.parse(at) - Date.parse(matter.resolvedAt) <= SAME_THREAD_MS;
}

function reopenings(before: Matter, at: string): readonly string[] {
  const from = later(at, -FLAPPING_MS);
  const resolvedLately = before.resolvedAt !== null && before.resolvedAt >= from;
  return [...before.reopenedAt.filter(moment => moment >= from), ...(resolvedLately ? [at] : [])];
}

function proofsNeeded(reopenedAt: readonly string[]): number {
  return reopenedAt.length >= FLAPPING ? 2 : 1;
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
