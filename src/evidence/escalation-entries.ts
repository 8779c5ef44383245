import { z } from 'zod';
import { at, digest, id, label, path, text, when, whole } from './shapes.ts';

/** Entries about open matters: who was told, when, and what came of it. */
export const escalationEntries = {
  'escalation-opened': z.strictObject({
    escalation: id,
    key: path,
    condition: id,
    severity: z.enum(['P1', 'P2', 'P3', 'P4']),
    tier: z.enum(['L1', 'L2', 'L3']),
    system: id.nullable(),
    because: at,
    respondBy: when.nullable(),
    resolveBy: when.nullable(),
  }),
  'escalation-notified': z.strictObject({
    escalation: id,
    tier: z.enum(['L1', 'L2', 'L3']),
    contact: id,
    channel: id,
    attempt: whole,
    result: z.enum(['accepted', 'delivered', 'failed']),
    providerId: label.nullable(),
    error: id.nullable(),
  }),
  'escalation-acknowledged': z.strictObject({
    escalation: id,
    by: id,
    via: id,
    kind: z.enum(['human', 'automatic']),
    responseMs: whole.nullable(),
  }),
  'escalation-changed': z.strictObject({
    escalation: id,
    field: z.enum(['severity', 'state', 'tier', 'owner']),
    from: id.nullable(),
    to: id.nullable(),
    reason: text,
  }),
  'escalation-resolved': z.strictObject({ escalation: id, because: at, resolutionMs: whole }),
  notice: z.strictObject({
    notice: id,
    kind: z.enum(['initial', 'formal', 'executive', 'hand-off']),
    about: path,
    recipient: id,
    medium: z.enum(['phone', 'mail', 'letter']),
    dueAt: when.nullable(),
    sentAt: when.nullable(),
    digest: digest.nullable(),
  }),
  remediation: z.strictObject({
    remediation: id,
    state: z.enum(['open', 'done', 'verified']),
    because: at,
    owner: id,
    due: when.nullable(),
    action: text,
    verifiedBy: at.optional(),
  }),
} as const;
