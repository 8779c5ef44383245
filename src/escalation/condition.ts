import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import type { CONDITIONS } from '../plan/words.ts';
import type { Severity } from './channel.ts';

/** What an escalation can be about: the words of the plan format without its short keys. */
export type Condition = Exclude<(typeof CONDITIONS)[number], 'failed' | 'inconclusive'>;

/** Evidence that something is over (escalation.md, section 2, last column). Nothing else resolves. */
export type ProofKind =
  | 'drill-passed'
  | 'drill-conclusive'
  | 'three-passed'
  | 'security-release'
  | 'ledger-verified'
  | 'point-there'
  | 'point-fresh'
  | 'point-new'
  | 'check-passed'
  | 'check-passed-new-point'
  | 'age-kept'
  | 'clinical-resumed'
  | 'drift-cleared'
  | 'headroom-recovered'
  | 'heartbeat'
  | 'test-delivered'
  | 'plan-approved'
  | 'done'
  | 'anchored'
  | 'reviewed'
  | 'baa-renewed'
  | 'report-issued';

/** One row of escalation.md, section 2. */
export interface ConditionRule {
  /** 1 is P1, for a system of tier 1. */
  readonly level: 1 | 2 | 3 | 4;
  /** Marked `!`: never lowered, by no tier and no file; never muted by a maintenance window. */
  readonly kept: boolean;
  /** The security ladder replaces the normal one. */
  readonly security: boolean;
  /** Maintenance windows mute paging. */
  readonly mutable: boolean;
  /** So many levels it rises, one for each further time in a row. */
  readonly rises: number;
  /** All of these are needed. */
  readonly needs: readonly ProofKind[];
}

function rule(level: ConditionRule['level'], needs: readonly ProofKind[], more: Partial<ConditionRule> = {}): ConditionRule {
  return { level, needs, kept: false, security: false, mutable: true, rises: 0, ...more };
}

const SECURITY = { kept: true, security: true, mutable: false } as const;

/** The closed list of conditions. */
export const conditionRules: Readonly<Record<Condition, ConditionRule>> = {
  'integrity-suspect': rule(1, ['security-release', 'drill-passed'], SECURITY),
  'ledger-altered': rule(1, ['ledger-verified'], SECURITY),
  'recovery-point-none': rule(1, ['point-there']),
  'clinical-stop': rule(1, ['clinical-resumed'], { mutable: false }),
  'drill-failed': rule(2, ['drill-passed'], { rises: 1 }),
  'objective-missed': rule(2, ['drill-passed']),
  'drill-unreliable': rule(2, ['three-passed']),
  'recovery-point-stale': rule(2, ['point-fresh']),
  'backup-failing': rule(2, ['check-passed-new-point']),
  'drift-near-breach': rule(2, ['drift-cleared']),
  'worker-silent': rule(2, ['heartbeat']),
  'notification-failed': rule(2, ['test-delivered']),
  'backup-failed': rule(3, ['check-passed']),
  'backup-overdue': rule(3, ['point-new']),
  'drill-missed': rule(3, ['drill-conclusive']),
  drift: rule(3, ['drift-cleared']),
  headroom: rule(3, ['headroom-recovered']),
  'drill-inconclusive': rule(4, ['drill-conclusive'], { rises: 2 }),
  coverage: rule(3, ['plan-approved']),
  'review-overdue': rule(3, ['done']),
  'remediation-overdue': rule(3, ['done']),
  'anchor-overdue': rule(3, ['anchored']),
  'break-glass-unreviewed': rule(3, ['reviewed']),
  'baa-expired': rule(3, ['baa-renewed']),
  'baa-expiring': rule(4, ['baa-renewed']),
  'report-late': rule(4, ['report-issued']),
};

const SHORT_KEYS: Partial<Record<Condition, 'failed' | 'inconclusive'>> = {
  'drill-failed': 'failed',
  'drill-inconclusive': 'inconclusive',
};

const SEVERITY_OF = ['P1', 'P2', 'P3', 'P4'] as const;

/** What the severity depends on besides the condition. `inARow`: how many times in a row it happened, this time counted. */
export interface SeverityOf {
  readonly plan: Plan | undefined;
  readonly client: Client;
  readonly inARow: number;
}

/**
 * How loud a condition is (escalation.md, section 2). The plan's word comes before the client's, and both replace level and tier of the
 * table; the 2nd and 3rd time in a row raise whatever holds. What belongs to no plan counts as tier 1.
 */
export function severityOf(condition: Condition, { plan, client, inARow }: SeverityOf): Severity {
  const { level, kept, rises } = conditionRules[condition];
  if (kept) return severityAt(level);
  const told = declared(condition, plan?.escalation?.severity) ?? declared(condition, client.escalation.severity);
  const base = told === undefined ? level + (plan?.system.tier ?? 1) - 1 : levelOf(told);
  return severityAt(base - Math.min(rises, Math.max(0, inARow - 1)));
}

/** 1 for P1. */
export function levelOf(severity: Severity): number {
  return SEVERITY_OF.indexOf(severity) + 1;
}

/** Whether `a` is worse than `b`. */
export function isWorse(a: Severity, b: Severity): boolean {
  return levelOf(a) < levelOf(b);
}

/** Which clock runs (escalation.md, section 1): round the clock, or the hours of business. */
export function clockOf(severity: Severity): '24x7' | 'business' {
  return levelOf(severity) <= 2 ? '24x7' : 'business';
}

function severityAt(level: number): Severity {
  return SEVERITY_OF[Math.min(4, Math.max(1, level)) - 1] ?? 'P4';
}

type Declared = NonNullable<Plan['escalation']>['severity'];

/** The full key is more exact than the short one, so it wins within one file. */
function declared(condition: Condition, severities: Declared): Severity | undefined {
  const short = SHORT_KEYS[condition];
  return severities?.[condition] ?? (short === undefined ? undefined : severities?.[short]);
}
