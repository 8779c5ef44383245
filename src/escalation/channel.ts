import type { z } from 'zod';

export type Severity = 'P1' | 'P2' | 'P3' | 'P4';
export type Tier = 'L1' | 'L2' | 'L3' | 'executive';

/** What every channel is rendered from; the JSON names are a promise (escalation.md, section 12). No patient data: codes, names of the plan, figures. */
export interface Content {
  readonly escalation: string;
  readonly client: string;
  /** As people call it, from the plan. */
  readonly system: string;
  readonly plan: string;
  readonly condition: string;
  readonly severity: Severity;
  readonly tier: Tier;
  readonly state: string;
  readonly repeats: number;
  /** One sentence a director can read. */
  readonly summary: string;
  /** Finding codes. */
  readonly codes: readonly string[];
  readonly openedAt: string;
  readonly respondBy: string | null;
  readonly resolveBy: string | null;
  readonly drill: string | null;
  readonly verdict: string | null;
  readonly recoveryTimeMs: number | null;
  readonly rtoMs: number;
  readonly recoveryPointAgeMs: number | null;
  readonly rpoMs: number;
  readonly ledgerSeq: number | null;
  /** Path of the page that says what to do. */
  readonly runbook: string | null;
  readonly downtimeProcedure: string | null;
  readonly url: string | null;
  readonly affects: readonly string[];
}

/** Why people hear something. */
export type MessageKind = 'opened' | 'changed' | 'acknowledged' | 'resolved' | 'executive' | 'hand-off' | 'digest' | 'test' | 'heartbeat';

/** One message to one contact by one of its channels. */
export interface Message {
  /** Stable over tries: `e-0001.3`. */
  readonly id: string;
  /** Id of the first message of the same escalation to this contact, for threads; `null` if this is it. */
  readonly inReplyTo: string | null;
  readonly kind: MessageKind;
  readonly at: string;
  readonly content: Content;
  readonly contact: { readonly id: string; readonly name: string; readonly email: string | null; readonly phone: string | null };
  /** Page on which this contact takes the matter: single-use token inside, so it is a secret and is never recorded. */
  readonly acknowledgeUrl: string | null;
  readonly timeZone: string;
  /** Domain of this installation (client.yaml): ids of mails end with it. Absent: `resurgam.local`, as there. */
  readonly domain?: string;
}

/**
 * How a try ended. `accepted`: the other side took it; that is not yet delivered, and no acknowledgement. `again`: worth another try by the
 * same channel; `disable`: the address is gone for good (410). `error`: a code of ours (`refused`, `timeout`, `http-500`), never a text of theirs.
 */
export type Sent =
  | { readonly result: 'accepted'; readonly providerId: string | null }
  | {
      readonly result: 'failed';
      readonly error: string;
      readonly again: boolean;
      readonly retryAfterMs: number | null;
      readonly disable: boolean;
    };

/** An adapter of one way to reach people. */
export interface Channel {
  /** As in client.yaml: `email`, `slack`, … */
  readonly kind: string;
  /** Its own keys in client.yaml, secrets already resolved to text. */
  readonly settings: z.ZodType;
  /** One try. Bad news is a value; it never throws for what the other side does, and it ends within `stop` or 30 s. */
  send(message: Message, settings: unknown, stop: AbortSignal): Promise<Sent>;
}
