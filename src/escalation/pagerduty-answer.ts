import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const SIGNATURE = /^v1=([0-9a-f]{64})$/i;

/**
 * Whether PagerDuty sent this (V3 webhook): `X-PagerDuty-Signature` holds one or more `v1=<hex HMAC-SHA-256 of the body>`, with commas
 * between them while a secret is exchanged. `body` is what came, byte for byte, not what was parsed of it.
 */
export function pagerdutySignatureHolds(body: string | Uint8Array, header: string | undefined, secret: string): boolean {
  if (secret === '' || header === undefined) return false;
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = header.split(',').map(part => Buffer.from(SIGNATURE.exec(part.trim())?.[1] ?? '', 'hex'));
  return given.some(signature => signature.length === expected.length && timingSafeEqual(signature, expected));
}

const Acknowledged = z.object({
  event: z.object({
    event_type: z.literal('incident.acknowledged'),
    occurred_at: z.string().optional(),
    agent: z.object({ id: z.string(), type: z.literal('user_reference'), summary: z.string().nullish() }),
    data: z.object({ incident_key: z.string().nullish() }).optional(),
  }),
});

/** A person who took a matter in the paging service. All of it is text of theirs: compare it, do not record it. */
export interface PagerdutyHuman {
  readonly user: string;
  readonly name: string | null;
  /** The `dedup_key` of our event: `<client>/<plan>/<condition>`. `null` if the event does not say. */
  readonly dedupKey: string | null;
  readonly occurredAt: string | null;
}

/** Who acknowledged, if a named user did; an automatic rule, a service and every other event are nobody (escalation.md, section 12). */
export function humanOf(event: unknown): PagerdutyHuman | undefined {
  const known = Acknowledged.safeParse(event);
  if (!known.success) return undefined;
  const { agent, data, occurred_at } = known.data.event;
  return { user: agent.id, name: agent.summary ?? null, dedupKey: data?.incident_key ?? null, occurredAt: occurred_at ?? null };
}
