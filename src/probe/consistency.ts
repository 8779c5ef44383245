import type { ConsistencyCheck } from '../plan/plan.ts';
import type { Noted } from './noted.ts';
import { finding, type Finding } from '../finding/finding.ts';

/** What was seen of the references from one component to another. */
export interface ReferencesSeen {
  /** Rows that refer to something. */
  readonly asked: number;
  readonly missing: number;
  /** Of files: how many were read and held against the digest of their row, how many could not be, and how many differ. */
  readonly digests: { readonly given: number; readonly read: number; readonly unread: number; readonly differ: number } | null;
  /** The other way round: how many were looked at, and how many of them no row refers to. */
  readonly others: { readonly files: number; readonly without: number } | null;
}

/** Where findings of this check stand: at the component that should have what is missing. */
export interface CheckPlace {
  readonly check: ConsistencyCheck;
  readonly component: string;
}

/** What the figures mean. A query that refers to nothing proves nothing. */
export function judgeReferences(at: CheckPlace, seen: ReferencesSeen): readonly Finding[] {
  const { asked, missing, digests, others } = seen;
  const unit = digests === null ? 'values' : 'files';
  if (asked === 0) return [inCheck(at, { code: 'consistency.nothing-referred', outcome: 'inconclusive', facts: {} })];
  const found: Finding[] = [];
  const counts = { unit, expected: asked, observed: asked - missing };
  if (missing > 0) found.push(inCheck(at, { code: 'consistency.missing', outcome: 'failed', facts: counts }));
  if (digests !== null && digests.differ > 0)
    found.push(inCheck(at, { code: 'consistency.altered', outcome: 'failed', facts: { unit, expected: 0, observed: digests.differ } }));
  if (digests !== null && digests.unread > 0)
    found.push(
      inCheck(at, { code: 'consistency.unread', outcome: 'inconclusive', facts: { unit, expected: 0, observed: digests.unread } }),
    );
  const atMost = at.check.kind === 'references' ? (at.check.others?.atMost ?? 0) : 0;
  if (others !== null && others.without > atMost)
    found.push(
      inCheck(at, { code: 'consistency.without-row', outcome: 'failed', facts: { unit, expected: atMost, observed: others.without } }),
    );
  if (found.length > 0) return found;
  const held = digests === null || digests.read === 0 ? [] : [compared(at, digests)];
  return [inCheck(at, { code: 'consistency.ok', outcome: 'passed', facts: counts }), ...held];
}

function compared(at: CheckPlace, digests: NonNullable<ReferencesSeen['digests']>): Finding {
  return inCheck(at, {
    code: 'consistency.digests-compared',
    outcome: 'passed',
    facts: { unit: 'files', expected: digests.given, observed: digests.read },
  });
}

/** A position that is beyond what the other component holds comes from a later moment. */
export function judgePosition(at: CheckPlace, { highest, limit }: { highest: number | null; limit: number | null }): Finding {
  // An empty queue is beyond nothing; an empty partner of one that is not is behind it.
  if (highest === null) return inCheck(at, { code: 'consistency.nothing-referred', outcome: 'inconclusive', facts: {} });
  const facts = { unit: 'position', expected: limit ?? 0, observed: highest };
  return limit !== null && highest <= limit
    ? inCheck(at, { code: 'consistency.ok', outcome: 'passed', facts: facts })
    : inCheck(at, { code: 'consistency.beyond', outcome: 'failed', facts: facts });
}

/** The finding of one check; `object`: the component that was asked. */
export function inCheck({ check, component }: CheckPlace, { code, outcome, facts }: Noted): Finding {
  return finding(code, outcome, { ...facts, object: check.of, component, probe: check.name, required: check.required });
}
