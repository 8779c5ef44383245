import type { Condition, ProofKind } from './condition.ts';
import type { Observed, Proof } from './matter.ts';

/** What happened, as the rules of escalation see it: a condition is true, or evidence speaks of one. */
export type Happening = Observed | Proof;

/** Where and when: the same for all that follows from one ledger entry. */
export interface Source {
  readonly at: string;
  /** Ledger entry that says so. */
  readonly seq: number;
  /** Second part of the key: a plan, a worker, a vendor. */
  readonly system: string;
  readonly plan: string | null;
}

/** A condition is true. `occasion`: what it was seen at; the same again is no repeat. */
export function observed(condition: Condition, source: Source, more: Partial<Observed> & { readonly occasion: string }): Observed {
  const { at, seq, system, plan } = source;
  const nothing = { components: [], codes: [], affects: [], drill: null };
  return { kind: 'observed', condition, at, system, plan, because: seq, inARow: 1, ...nothing, ...more };
}

/** Evidence that something is over, or, with `holds: false`, that it is not. */
export function proof(of: ProofKind, source: Source, more: Partial<Proof> = {}): Proof {
  const { at, seq, system } = source;
  return { kind: 'proof', of, at, system, because: seq, holds: true, components: [], trigger: null, by: null, ...more };
}
