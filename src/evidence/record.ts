import { z } from 'zod';

const when = z.iso.datetime({ precision: 3 });
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.int().min(0);
const ratio = z.string().regex(/^-?\d+\.\d{4}$/);
const basis = z.enum(['measured', 'derived', 'declared', 'estimated', 'not-tested']);
const result = z.enum(['met', 'missed', 'not-tested']);
const outcome = z.enum(['passed', 'failed', 'inconclusive', 'skipped']);

const Finding = z.strictObject({
  code: z.string().regex(/^[a-z]+(\.[a-z0-9-]+)$/),
  component: z.string().nullable(),
  probe: z.string(),
  required: z.boolean(),
  outcome,
  object: z.string().nullable(),
  unit: z.string().nullable(),
  expected: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  observed: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  latencyMs: whole.nullable(),
  limitMs: whole.nullable(),
  sentence: z.string().describe('for a person, from our own catalogue'),
});

const RecordedPoint = z.strictObject({
  component: z.string(),
  id: z.string(),
  tool: z.string(),
  kind: z.enum(['dump', 'full', 'incremental', 'pitr', 'snapshot', 'files']),
  consistentAt: when.nullable(),
  consistentBasis: z.enum(['derived', 'declared', 'not-tested']),
  availableAt: when,
  bytes: whole,
  sha256: digest.nullable(),
  encrypted: z.boolean(),
  location: z.string(),
  lockedUntil: when.nullable(),
});

const Figure = z.strictObject({ basis, ms: whole.nullable(), because: z.string().nullable(), atLeastMs: whole.nullable() });

/** Which component owns the time (measurement.md, section 5): derived from the phases of this drill. Records before 2026-11-27 have none. */
const CriticalPath = z.strictObject({
  basis: z.literal('derived'),
  parallel: whole.describe('components that were recovered side by side'),
  totalMs: whole.describe('with so many side by side'),
  unlimitedMs: whole.describe('if all could be recovered side by side'),
  components: z.array(
    z.strictObject({
      component: z.string(),
      needs: z.array(z.string()),
      durationMs: whole,
      finishMs: whole.describe('with so many side by side'),
      slackMs: whole.describe('how much longer it could take without delaying the whole, if all could run side by side'),
    }),
  ),
  critical: z.array(z.string()).describe('the components without slack, in the order of their end'),
});

export const Destroyed = z.strictObject({ at: when, verified: z.boolean(), processes: whole, mounts: whole, bytes: whole });

/** What one drill leaves as evidence (evidence.md, section 13). All members are always there; `null` or an empty list says "none". */
export const DrillRecord = z.strictObject({
  schema: z.literal('https://resurgam.dev/schema/drill-record/v1'),
  drill: z.string(),
  plan: z.string(),
  client: z.string(),
  site: z.string(),
  planDigest: digest,
  occurrence: z.string().nullable(),
  trigger: z.enum(['schedule', 'manual', 'change', 'retest', 'catch-up', 'search', 'dependency-loss', 'scenario']),
  scenario: z
    .strictObject({ name: z.string(), event: z.string(), workflows: z.array(z.string()) })
    .nullable()
    .default(null)
    .describe('what was supposed to have happened, and what had to be possible then'),
  without: z.array(z.string()).default([]).describe('dependencies that were denied, to see which steps need them'),
  attempt: z.int().min(1),
  retryOf: z.string().nullable(),
  method: z.enum(['component', 'system', 'comprehensive']),
  verdict: z.enum(['passed', 'objective-missed', 'failed', 'inconclusive']),
  reasons: z.array(z.string()).describe('finding codes that decided the verdict'),
  failureInstant: when,
  startedAt: when,
  clockStartedAt: when,
  usableAt: when.nullable(),
  endedAt: when,
  recoveryTime: Figure,
  projection: z
    .strictObject({ basis, ms: whole, detectMs: whole, decideMs: whole, factor: z.string().regex(/^\d+\.\d{2}$/), headroom: ratio })
    .nullable(),
  recoveryPointAge: z.strictObject({ ...Figure.shape, component: z.string().nullable(), confirmedByData: z.boolean() }),
  newest: z.array(z.strictObject({ component: z.string(), at: when.nullable(), everyMs: whole.nullable() })),
  objectives: z.strictObject({
    rto: z.strictObject({ targetMs: whole, result, by: z.enum(['measured', 'projected']).nullable() }),
    rpo: z.strictObject({ targetMs: whole, result }),
    source: z.enum(['plan', 'client', 'default']),
  }),
  recoveryPoints: z.array(RecordedPoint),
  population: z.strictObject({ size: whole, digest }).nullable(),
  sample: z.strictObject({ method: z.string(), seed: z.string().nullable(), size: whole }).nullable(),
  sandbox: z
    .strictObject({
      kind: z.string(),
      isolation: z.enum(['proved', 'accepted']),
      acceptedReason: z.string().nullable(),
      image: z.string().nullable(),
      cpus: whole,
      memoryBytes: whole,
      diskBytes: whole,
      cache: z.enum(['cold', 'warm', 'unknown']),
      networkAttempts: whole,
    })
    .nullable(),
  isolation: z.enum(['proved', 'accepted', 'not-proved']),
  services: z.array(
    z.strictObject({ component: z.string(), engine: z.string(), version: z.string(), settings: z.record(z.string(), z.string()) }),
  ),
  phases: z.array(
    z.strictObject({
      component: z.string().nullable(),
      phase: z.enum(['select', 'provision', 'fetch', 'restore', 'runbook', 'start', 'workflows', 'probes', 'destroy', 'waiting']),
      startMs: whole,
      durationMs: whole,
      attempts: z.int().min(1),
    }),
  ),
  criticalPath: CriticalPath.nullable().default(null),
  runbooks: z.array(z.strictObject({ component: z.string(), sha256: digest })).default([]),
  steps: z
    .array(
      z.strictObject({
        component: z.string(),
        when: z.enum(['before', 'after']),
        name: z.string(),
        outcome,
        durationMs: whole,
        limitMs: whole,
      }),
    )
    .default([])
    .describe('steps of runbooks, in the order in which they were executed'),
  sweep: z
    .array(
      z.strictObject({
        component: z.string(),
        point: z.string(),
        consistentAt: when.nullable(),
        availableAt: when,
        ageMs: whole.nullable().describe('of its data, at the failure instant'),
        verdict: z.enum(['passed', 'objective-missed', 'failed', 'inconclusive']),
        durationMs: whole,
        findings: z.array(Finding),
      }),
    )
    .default([])
    .describe('further recovery points that were proved; no part of the recovery time'),
  findings: z.array(Finding),
  workflows: z.array(z.strictObject({ name: z.string(), outcome, latencyMs: whole.nullable(), limitMs: whole.nullable() })),
  people: z.array(z.strictObject({ contact: z.string(), role: z.string(), did: z.string() })),
  workers: z.array(z.strictObject({ id: z.string(), did: z.string() })),
  access: z.array(z.strictObject({ object: z.string(), role: z.string(), secret: z.string().nullable() })),
  tools: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  toolLogs: z.array(z.strictObject({ name: z.string(), hmac: digest, bytes: whole })),
  clock: z.strictObject({ source: z.string(), offsetMs: z.int().nullable(), stepMs: z.int(), monotonic: z.boolean() }),
  destroyed: Destroyed.nullable(),
  limitations: z.array(z.string()),
  containsPhi: z.literal(false),
});
export type DrillRecord = z.infer<typeof DrillRecord>;

/** What `resurgam drill --json` prints: the record, and where it stands in the ledger. */
export const PrintedDrill = z.strictObject({
  ...DrillRecord.shape,
  ledger: z.strictObject({ seq: whole, size: whole, root: z.string() }).nullable(),
});
export type PrintedDrill = z.infer<typeof PrintedDrill>;
