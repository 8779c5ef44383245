import { z } from 'zod';
import { DrillRecord } from './record.ts';
import { at, day, digest, id, label, path, text, timeZone, when, whole } from './shapes.ts';

const contractSource = z.union([DrillRecord.shape.objectives.shape.source, label]);
const occurrence = z.strictObject({ id: path, dueAt: when, lateAfter: when });
const schedule = { plan: id, planDigest: digest, from: when, to: when, rule: z.strictObject({ cron: label, timeZone }) };

/** Entries about what was promised, planned and set: written by persons or from their files. */
export const planEntries = {
  'contract-approved': z.strictObject({
    contract: id,
    version: whole,
    digest,
    rtoMs: whole,
    rpoMs: whole,
    effectiveFrom: when,
    approvedBy: id,
  }),
  'plan-approved': z.strictObject({
    plan: id,
    version: whole,
    digest,
    system: label,
    tier: whole,
    objectives: z.strictObject({ rtoMs: whole, rpoMs: whole, source: contractSource }),
    approvedBy: id,
  }),
  'plan-retired': z.strictObject({ plan: id, version: whole, digest, reason: text, approvedBy: id }),
  'inventory-attested': z.strictObject({
    systems: z.array(id),
    excluded: z.array(z.strictObject({ system: id, reason: text, approvedBy: id })),
    attestedBy: id,
  }),
  schedule: z.discriminatedUnion('kind', [
    z.strictObject({
      ...schedule,
      kind: z.literal('drill'),
      occurrences: z.array(occurrence),
      cancels: z.array(z.strictObject({ id: path, reason: text })),
    }),
    z.strictObject({
      ...schedule,
      kind: z.literal('backup-check'),
      everyMs: whole,
      count: whole,
      cancels: z.array(z.strictObject({ id: path, reason: text })),
    }),
  ]),
  'maintenance-approved': z.strictObject({ window: id, systems: z.array(id), start: when, end: when, reason: text, approvedBy: id }),
  'baseline-reset': z.strictObject({ series: path, reason: text, by: id }),
  'config-changed': z.strictObject({ what: id, from: digest.nullable(), to: digest.nullable(), by: id }),
  review: z.strictObject({
    of: z.strictObject({ fromSeq: whole, toSeq: whole }),
    reviewer: id,
    decision: z.enum(['accepted', 'accepted-with-exceptions', 'rejected']),
    exceptions: z.array(id),
    method: z.enum(['personal-key', 'authenticated-web']),
    statement: path.optional(),
  }),
  correction: z.strictObject({
    of: at,
    field: id,
    was: z.union([text, z.int(), z.boolean()]).nullable(),
    is: z.union([text, z.int(), z.boolean()]).nullable(),
    reason: text,
  }),
  'report-issued': z.strictObject({
    report: id,
    period: z.strictObject({ from: when, to: when }),
    timeZone,
    asOf: when,
    reconciliation: z.record(id, z.union([whole, z.record(id, whole)])),
    size: whole,
    root: z.string().regex(/^[A-Za-z0-9+/]+=$/),
  }),
  'backup-day': z.strictObject({
    plan: id,
    day,
    timeZone,
    expected: whole,
    done: whole,
    skipped: whole,
    missed: whole,
    outcomes: z.strictObject({ passed: whole, failed: whole, inconclusive: whole }),
    components: z.array(
      z.strictObject({
        component: id,
        points: whole,
        verified: whole,
        failed: whole,
        worstAgeMs: whole.nullable(),
        aboveTargetMs: whole,
      }),
    ),
  }),
} as const;
