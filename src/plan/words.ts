import { z } from 'zod';

/** What kind of system people lose when it is down. */
/** What people do with an EHR: each is shown by a workflow, or declared not applicable (requirement SD-30). */
export const WORKFLOW_AREAS = [
  'chart-access',
  'sign-in',
  'authentication',
  'scheduling',
  'medication',
  'lab',
  'printing',
  'remote-sites',
  'vendor-modules',
] as const;
export type WorkflowArea = (typeof WORKFLOW_AREAS)[number];

export const SYSTEM_KINDS = [
  'ehr',
  'pacs',
  'lis',
  'interface-engine',
  'fhir',
  'identity',
  'pharmacy',
  'rcm',
  'patient-management',
  'files',
  'machine',
  'other',
] as const;

/** Control packs that are shipped (controls.md, section 8). */
export const CONTROL_PACKS = ['hipaa', 'nist-800-53', 'csf-2', 'soc-2', 'iso-27001', 'hitrust', 'hipaa-nprm-2025'] as const;

export const SEVERITIES = ['P1', 'P2', 'P3', 'P4'] as const;

/** Conditions of an escalation (escalation.md, section 2), and the short keys of the plan format before them. */
export const CONDITIONS = [
  'failed',
  'inconclusive',
  'objective-missed',
  'drill-failed',
  'drill-inconclusive',
  'drill-unreliable',
  'drill-missed',
  'integrity-suspect',
  'ledger-altered',
  'recovery-point-none',
  'recovery-point-stale',
  'clinical-stop',
  'backup-failing',
  'backup-failed',
  'backup-overdue',
  'drift-near-breach',
  'drift',
  'headroom',
  'worker-silent',
  'notification-failed',
  'coverage',
  'review-overdue',
  'remediation-overdue',
  'anchor-overdue',
  'break-glass-unreviewed',
  'baa-expired',
  'baa-expiring',
  'report-late',
] as const;

/** From when the objective counts (measurement.md, section 4). */
export const RTO_STARTS = ['disruption', 'detection', 'declaration'] as const;

/** The name of a plan, client, component or contact: it stands in ids, file names and addresses. */
export function nameOption(thing: string): z.ZodString {
  const expected = `expected ${thing}: lower case letters, digits and single dashes, at most 63`;
  return z
    .string({ error: expected })
    .regex(/^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*$/, { error: expected, abort: true })
    .meta({ examples: ['lakeside-ehr'] });
}

/** An image of a container, by digest: what a tag names today it may not name tomorrow, and a record of it would prove nothing. */
export function imageOption(): z.ZodString {
  const expected =
    'expected an image with its digest, such as docker.io/library/postgres@sha256:… (a tag alone may be another image tomorrow)';
  return z
    .string({ error: expected })
    .regex(/^[a-z0-9][A-Za-z0-9._:/-]{0,200}@sha256:[0-9a-f]{64}$/, { error: expected, abort: true })
    .meta({ examples: [`docker.io/library/postgres@sha256:${'0123456789abcdef'.repeat(4)}`] });
}

/** One line of text that a person reads. */
export function textOption(thing: string, longest = 280): z.ZodString {
  const expected = `expected ${thing}: one line of text, at most ${longest} characters`;
  return z
    .string({ error: expected })
    .max(longest, { error: expected, abort: true })
    .regex(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u, { error: expected, abort: true });
}

/** A closed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T): z.ZodEnum<{ [word in T[number]]: word }> {
  return z.enum(words);
}
