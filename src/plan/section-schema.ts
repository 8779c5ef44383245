import { z } from 'zod';
import { cronProblem, isTimeZone } from './cron.ts';
import { durationOption, keepOption, percentOption, sizeOption } from './values.ts';
import { parseWindow } from './window.ts';
import { CONDITIONS, CONTROL_PACKS, nameOption, oneOf, RTO_STARTS, SEVERITIES, SYSTEM_KINDS, textOption } from './words.ts';

const share = z.number({ error: 'expected a number above 0 and below 1' }).gt(0).lt(1);

/** Five fields of cron, in the time zone of the plan. */
export function cronOption(): z.ZodType<string, string> {
  return z.string({ error: 'expected a schedule such as "0 2 * * SUN"' }).superRefine((text, context) => {
    const problem = cronProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
}

export function timezoneOption(): z.ZodType<string, string> {
  const expected = 'expected a time zone such as America/Chicago';
  return z
    .string({ error: expected })
    .refine(isTimeZone, { error: expected })
    .meta({ examples: ['America/Chicago', 'Europe/Berlin', 'UTC'] });
}

/** A weekly stretch of time, as it is written. */
export function windowOption(): z.ZodType<string, string> {
  const expected = 'expected a window such as MON-FRI 07:00-19:00 or DAILY 22:00-06:00';
  return z.string({ error: expected }).refine(text => parseWindow(text) !== undefined, { error: expected });
}

/** An instant with its offset, such as `2026-11-01T08:00:00Z`. */
export function instantOption(): z.ZodType<string, string> {
  return z.iso.datetime({ offset: true, error: 'expected a moment such as 2026-11-01T08:00:00Z' });
}

const NEED = 'expected the name of a plan, or of a component of it (plan/component), or { outside: what it is }';

/** Another system of the client, in whole or one component of it; or something that no plan recovers, such as a line of a carrier. */
const SystemNeedKeys = z.union(
  [
    z
      .string({ error: NEED })
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*)?$/, { error: NEED })
      .transform(text => {
        const [plan = '', component = null] = text.split('/');
        return { plan, component };
      }),
    z.strictObject({ outside: textOption('what it is', 120), contact: nameOption('a contact of the client').optional() }),
  ],
  { error: NEED },
);

export const SystemKeys = z
  .strictObject({
    name: textOption('the name that people use').optional(),
    kind: oneOf(SYSTEM_KINDS).default('other'),
    tier: z.int({ error: 'expected a tier from 1 (most critical) to 4' }).min(1).max(4).default(2),
    phi: z.boolean().default(true).describe('Whether it holds protected health information. Evidence is then kept at least 6 years.'),
    owner: nameOption('a contact of the client').optional(),
    downtimeProcedure: textOption('where the downtime procedure is').optional(),
    needs: z
      .array(SystemNeedKeys)
      .default([])
      .describe('Other systems without which nobody can use this one, and what is needed from outside'),
  })
  .describe('Which system people lose when it is down');

export const ContractKeys = z
  .strictObject({
    rto: durationOption().optional(),
    rpo: durationOption().optional(),
    rtoStarts: oneOf(RTO_STARTS).optional(),
  })
  .describe('What was promised. Without it: the contract of the client, else 4h and 1h');

export const AllowanceKeys = z
  .strictObject({ detect: durationOption().optional(), decide: durationOption().optional() })
  .describe('Declared times of people, added to the measured recovery time in the projection');

const SweepPoints = z.int().min(1).max(366);

const DrillFields = z.strictObject({
  cron: cronOption().optional().describe('When drills are due. Without cron and every: "0 2 * * SUN"'),
  every: durationOption()
    .optional()
    .describe(
      'Instead of cron: at most so long between two drills. The moment is chosen for each plan, so that a fleet does not start at once',
    ),
  pick: z
    .union([oneOf(['latest', 'oldest', 'random']), z.strictObject({ at: instantOption() })])
    .default('latest')
    .describe('Which recovery point is restored'),
  sweep: z
    .union([SweepPoints, z.strictObject({ points: SweepPoints, every: durationOption().optional() })], {
      error: 'expected a whole number from 1 to 366, or { points, every }',
    })
    .optional()
    .describe(
      'How many recovery points one drill proves. Of PostgreSQL with archived log: the chosen one and whole moments before it (every: their distance), over one restored base; else the newest others, each restored by itself',
    ),
  sample: z
    .strictObject({ method: textOption('how the sample is chosen').optional(), size: z.int().min(1).optional() })
    .optional()
    .describe('Declares a sampled drill: it says nothing about the RTO'),
});

/** One rule says when; without any, Sunday at two. */
const DrillKeys = DrillFields.superRefine(({ cron, every }, context) => {
  if (cron === undefined || every === undefined) return;
  context.addIssue({ code: 'custom', path: ['every'], message: 'either cron or every: both would be two schedules' });
}).meta({ not: { required: ['cron', 'every'] } });

export const ScheduleKeys = z
  .strictObject({
    backupCheck: cronOption().default('*/15 * * * *'),
    drill: z.union([cronOption().transform(cron => DrillKeys.parse({ cron })), DrillKeys]).prefault({}),
    timezone: timezoneOption().optional(),
    windows: z.strictObject({ forbid: z.array(windowOption()).default([]) }).optional(),
  })
  .describe('When backups are looked at and when they are drilled');

export const LimitsKeys = z
  .strictObject({
    time: durationOption().default(6 * 3_600_000),
    disk: sizeOption().optional(),
    memory: sizeOption().optional(),
    cpus: z.int({ error: 'expected a whole number of CPUs' }).min(1).max(1024).optional(),
    processes: z.int({ error: 'expected a whole number of processes' }).min(16).max(100_000).default(512),
    parallel: z
      .int({ error: 'expected a whole number from 1' })
      .min(1)
      .max(64)
      .optional()
      .describe('How many components are recovered side by side. Without it: one for each CPU'),
  })
  .describe(
    'What a drill may use, all its components together. Without a value: decided from the machine before the drill starts, and recorded',
  );

const severity = oneOf(SEVERITIES).optional();
type Severities = Record<(typeof CONDITIONS)[number], typeof severity>;

/** Who is told how loudly; the client's rules hold where the plan is silent. */
export const EscalationKeys = z
  .strictObject({
    severity: z.strictObject(Object.fromEntries(CONDITIONS.map(condition => [condition, severity])) as Severities).optional(),
    failedChecks: z.int().min(1).max(100).optional().describe('Failed backup checks in a row that mean backup-failing. Default 2'),
    noPointAfter: durationOption()
      .optional()
      .describe('Age of the newest valid recovery point from which there is none. Default 4 × RPO, at least 24h'),
  })
  .describe('Severities by condition');

/** Thresholds of drift (drift.md); the defaults are its own. */
export const DriftKeys = z
  .strictObject({
    headroom: percentOption().optional(),
    nearBreach: percentOption().optional(),
    spike: z
      .strictObject({ z: z.number().gt(0), rise: z.number().gt(1), least: z.int().min(9) })
      .partial()
      .optional(),
    shift: z
      .strictObject({ p: share, rise: z.number().gt(1), least: z.int().min(13) })
      .partial()
      .optional(),
    trend: z
      .strictObject({ p: share, rise: z.number().gt(0), least: z.int().min(5) })
      .partial()
      .optional(),
  })
  .describe('When slower restores become a matter');

export const EvidenceKeys = z
  .strictObject({
    controls: z.array(oneOf(CONTROL_PACKS)).default(['hipaa']),
    keep: keepOption().default(6 * 366 * 86_400_000),
  })
  .describe('Which requirements the evidence is laid out for, and how long it is kept');
