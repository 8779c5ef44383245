import { sha256Hex } from '../evidence/digest.ts';
import type { Entry } from '../evidence/entry.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import type { MessageKind, Severity, Tier } from './channel.ts';
import type { Condition, ProofKind } from './condition.ts';
import type { Beginning } from './ladder.ts';

/** escalation.md, section 6; and `held`: noticed inside a maintenance window, opens at its end unless it is over by then. */
export type MatterState = 'held' | 'open' | 'acknowledged' | 'stabilized' | 'workaround-approved' | 'restored' | 'accepted' | 'resolved';

/**
 * The life of one escalation as a value. Plain JSON: it survives `JSON.parse(JSON.stringify(matter))`. Every moment is an ISO stamp in UTC;
 * `null` says "not so far".
 */
export interface Matter {
  readonly id: string;
  readonly key: string;
  readonly client: string;
  /** Second part of the key: a plan, or what else it is about (a worker, a vendor). */
  readonly system: string;
  readonly plan: string | null;
  readonly condition: Condition;
  readonly severity: Severity;
  readonly state: MatterState;
  readonly openedAt: string;
  readonly respondBy: string | null;
  readonly resolveBy: string | null;
  /** Ledger entry that opened it, and the last one that repeated it. */
  readonly because: number;
  readonly lastBecause: number;
  /** What it was seen at (a drill, a recovery point): the same again is no repeat. */
  readonly occasion: string;
  readonly observedAt: string;
  readonly drill: string | null;
  readonly codes: readonly string[];
  readonly components: readonly string[];
  /** Other systems with the same cause. */
  readonly affects: readonly string[];
  readonly repeats: number;
  readonly ladder: LadderState;
  /** The last human acknowledgement, and how long the first one took. */
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  readonly responseMs: number | null;
  readonly lastNoteAt: string | null;
  readonly executiveNextAt: string | null;
  readonly executiveLastAt: string | null;
  readonly workaroundAt: string | null;
  readonly restoredAt: string | null;
  readonly resolvedAt: string | null;
  readonly acceptedUntil: string | null;
  /** When the key was opened again after it had been resolved; of the last 7 days. */
  readonly reopenedAt: readonly string[];
  readonly needs: readonly ProofKind[];
  readonly proofsNeeded: number;
  /** By kind and component: how many in a row, and the ledger entry of the last one. */
  readonly proofs: Readonly<Record<string, { readonly count: number; readonly seq: number }>>;
  readonly heldUntil: string | null;
  /** Up to this moment everything that was due has been done. */
  readonly seenAt: string;
}

export interface LadderState extends Beginning {
  readonly reached: Tier | null;
  /** A human acknowledgement stops it. */
  readonly running: boolean;
  readonly lastNotifiedAt: string | null;
  /** Something new that the tier reached has not been told. */
  readonly owed: boolean;
}

/** Whose rules hold. `plan`: undefined for what belongs to no plan. */
export interface Rules {
  readonly client: Client;
  readonly plan: Plan | undefined;
}

/** A condition is true. */
export interface Observed {
  readonly kind: 'observed';
  readonly at: string;
  readonly condition: Condition;
  readonly system: string;
  readonly plan: string | null;
  /** Ledger entry that says so. */
  readonly because: number;
  readonly occasion: string;
  readonly inARow: number;
  /** So many of the same that were found at once: people hear of them in one message. Without it one. */
  readonly times?: number;
  readonly components: readonly string[];
  readonly codes: readonly string[];
  readonly affects: readonly string[];
  readonly drill: string | null;
  /** Instead of what the condition needs in general. */
  readonly needs?: readonly ProofKind[];
  /** Who declared it, where a person did. */
  readonly by?: string;
}

/** An entry that may be the evidence for something being over. */
export interface Proof {
  readonly kind: 'proof';
  readonly at: string;
  readonly of: ProofKind;
  /** `false`: an entry of this sort that says the opposite, so that a row is broken. */
  readonly holds: boolean;
  readonly system: string;
  /** Of which components it speaks; empty: of the system as a whole. */
  readonly components: readonly string[];
  /** Of a drill: a scheduled one follows the approved plan; any other must have drilled what had failed. */
  readonly trigger: 'schedule' | 'manual' | 'change' | 'retest' | 'catch-up' | null;
  readonly because: number;
  readonly by: string | null;
}

/** What a person asks for. `because`: ledger entry of the evidence, for `restored`. `until`: for `accepted`. */
export interface StateAsked {
  readonly kind: 'state';
  readonly at: string;
  readonly to: 'open' | 'stabilized' | 'workaround-approved' | 'restored' | 'accepted' | 'resolved';
  readonly by: string;
  readonly via: string;
  readonly reason: string;
  readonly because?: number;
  readonly until?: string;
}

export interface Acknowledged {
  readonly kind: 'acknowledged';
  readonly at: string;
  readonly by: string;
  readonly via: string;
  readonly how: 'human' | 'automatic';
}

/** What can happen to one matter. */
export type MatterEvent =
  | Observed
  | Proof
  | StateAsked
  | Acknowledged
  | { readonly kind: 'tick'; readonly at: string }
  /** A progress note: it keeps an acknowledgement alive. */
  | { readonly kind: 'note'; readonly at: string; readonly by: string }
  /** Every channel of a contact failed: the next tier hears at once. */
  | { readonly kind: 'undelivered'; readonly at: string; readonly contact: string };

export type Refusal =
  'not-a-contact' | 'not-risk-owner' | 'may-not-declare' | 'only-evidence' | 'no-date' | 'no-reason' | 'out-of-order' | 'not-open';

/** What is to be done, as a value: the caller seals entries and hands messages to channels. */
export type Effect =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'notify'; readonly tier: Tier; readonly contacts: readonly string[]; readonly message: MessageKind }
  /** For the ledger's `notice` entries, once it is known by which medium each was sent. */
  | { readonly kind: 'notice'; readonly notice: 'executive'; readonly contacts: readonly string[]; readonly dueAt: string }
  /** Tell paging services that it is over. */
  | { readonly kind: 'resolve-outside'; readonly key: string }
  | { readonly kind: 'refused'; readonly by: string; readonly why: Refusal };

export interface Stepped<M = Matter | undefined> {
  readonly matter: M;
  readonly effects: readonly Effect[];
}

const LONGEST_KEY = 255;

/** `<client>/<system>/<condition>`: one matter, one escalation (section 8). At most 255 characters, as paging services want it. */
export function keyOf(about: { readonly client: string; readonly system: string; readonly condition: string }): string {
  const key = `${about.client}/${about.system}/${about.condition}`;
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, 190)}#${sha256Hex(key)}`;
}

/** Whether people are called: not while it is held, accepted, or the evidence is there. */
export function isPaging(state: MatterState): boolean {
  return state === 'open' || state === 'acknowledged' || state === 'stabilized' || state === 'workaround-approved';
}

/** How long it took until the contract's clock stopped; `null` if it still runs. */
export function resolutionMs(matter: Matter, client: Client): number | null {
  const early = client.contract.workaroundStopsResolution ? matter.workaroundAt : null;
  const stopped = early ?? matter.restoredAt;
  return stopped === null ? null : Math.max(0, Date.parse(stopped) - Date.parse(matter.openedAt));
}
