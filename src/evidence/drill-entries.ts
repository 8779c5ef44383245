import { z } from 'zod';
import { DrillRecord } from './record.ts';
import { digest, id, label, path, text, when, whole } from './shapes.ts';

const record = DrillRecord.shape;
const sandbox = z.strictObject({
  kind: id,
  isolation: z.enum(['proved', 'accepted']).nullable().optional(),
  cpus: whole.nullable(),
  memoryBytes: whole.nullable(),
  diskBytes: whole.nullable().optional(),
});

const point = record.recoveryPoints.element.extend({ component: id, id, tool: id, location: label });

const started = {
  drill: id,
  plan: id,
  planDigest: digest,
  occurrence: path.nullable(),
  trigger: record.trigger,
  attempt: record.attempt,
  retryOf: id.nullable(),
  site: label,
  worker: id,
  sandbox,
  failureInstant: when,
  recoveryPoints: z.array(point),
  objectives: z.strictObject({ rtoMs: whole, rpoMs: whole }),
  population: record.population.optional(),
  sample: record.sample.optional(),
  probes: whole,
};

const finished = {
  drill: id,
  plan: id,
  occurrence: path.nullable(),
  trigger: record.trigger,
  attempt: record.attempt,
  retryOf: id.nullable(),
  verdict: record.verdict,
  reasons: z.array(id),
  startedAt: when,
  usableAt: when.nullable(),
  endedAt: when,
  recoveryTime: record.recoveryTime,
  projection: record.projection,
  recoveryPointAge: record.recoveryPointAge,
  objectives: record.objectives,
  findings: z.strictObject({ passed: whole, failed: whole, inconclusive: whole, skipped: whole }),
  destroyed: record.destroyed,
  record: path,
};

const real = { event: id, declaredBy: id, target: label };

/** Entries that a worker writes about drills, recoveries and backup checks. Every started drill ends in exactly one `drill-finished`. */
export const drillEntries = {
  heartbeat: z.strictObject({ worker: id, intervalMs: whole, openDrills: z.array(id) }),
  'drill-started': z.strictObject(started),
  'drill-finished': z.strictObject(finished),
  'drill-skipped': z.strictObject({ occurrence: path, reason: text, approvedBy: id, approvedAt: when }),
  'drill-missed': z.strictObject({
    occurrence: path,
    dueAt: when,
    lateAfter: when,
    cause: z.enum(['worker-not-running', 'no-capacity', 'site-unreachable', 'unknown']),
  }),
  'recovery-started': z.strictObject({ ...started, ...real }),
  'recovery-finished': z.strictObject({ ...finished, ...real }),
  'backup-checked': z.strictObject({
    plan: id,
    component: id,
    outcome: z.enum(['passed', 'failed', 'inconclusive']),
    codes: z.array(id),
    newest: z.strictObject({ id, consistentAt: when.nullable(), availableAt: when, ageMs: whole.nullable() }).nullable(),
  }),
  access: z.strictObject({
    who: id,
    role: label,
    object: label,
    purpose: text,
    breakGlass: z.boolean(),
    reason: text.nullable(),
    reviewBy: when.nullable(),
  }),
} as const;
