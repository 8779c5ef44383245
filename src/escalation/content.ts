import { catalogue } from '../finding/catalogue.ts';
import type { Content, Tier } from './channel.ts';
import type { Condition } from './condition.ts';
import type { Matter, Rules } from './matter.ts';

/** What a message says besides the matter itself: figures of the drill that it is about, and where people open it. */
export interface ContentFacts {
  readonly tier: Tier;
  readonly verdict: string | null;
  readonly recoveryTimeMs: number | null;
  readonly recoveryPointAgeMs: number | null;
  /** Page of the matter; `null` if this installation has no address. */
  readonly url: string | null;
}

const HOUR_MS = 3_600_000;

/** One plain sentence for each condition; `{system}` is what people call it. Each stays true for `inconclusive`: unknown accuses no backup. */
const SENTENCES: Readonly<Record<Condition, string>> = {
  'integrity-suspect': 'The restored copy of {system} looks as if somebody had tampered with it',
  'ledger-altered': 'The record of past drills was changed, or cannot be verified',
  'recovery-point-none': 'There is no good recent backup of {system} to come back to',
  'clinical-stop': 'Clinical work with {system} has stopped',
  'drill-failed': 'The drill of {system} failed: what came back from the backup was not good',
  'objective-missed': '{system} can be recovered, but not within what was promised',
  'drill-unreliable': 'At least 3 of the last 10 drills of {system} went wrong',
  'recovery-point-stale': 'The newest good backup of {system} is older than was promised',
  'backup-failing': 'Backups of {system} failed several times in a row',
  'drift-near-breach': 'Recovering {system} is getting slower and will soon miss what was promised',
  'worker-silent': 'The worker {system} has stopped reporting',
  'notification-failed': 'The contact {system} could not be reached by any channel',
  'backup-failed': 'A backup of {system} failed its check',
  'backup-overdue': 'A backup of {system} that was due has not come',
  'drill-missed': 'A drill of {system} that was due did not run',
  drift: 'Recovering {system} takes longer than it used to',
  headroom: 'Recovering {system} fits what was promised with little room left',
  'drill-inconclusive': 'The drill of {system} could not tell whether the backup is good',
  coverage: 'Something about {system} is not covered: a plan, an owner, a schedule or a drill is missing',
  'review-overdue': 'A review that was agreed is overdue',
  'remediation-overdue': 'A repair that was agreed is overdue',
  'anchor-overdue': 'The record of drills has had no outside witness for two days',
  'break-glass-unreviewed': 'An emergency access has not been reviewed for a week',
  'baa-expired': 'The business associate agreement with {system} has expired',
  'baa-expiring': 'The business associate agreement with {system} expires soon',
  'report-late': 'A report that was promised has not been issued',
};

/** What every channel is rendered from (escalation.md, section 12): codes, names of the plan, figures. No patient data can get in. */
export function contentOf(matter: Matter, { client, plan }: Rules, facts: ContentFacts): Content {
  const system = plan?.system.name ?? matter.system;
  const { severity, condition, state, repeats, openedAt, respondBy, resolveBy, drill, affects } = matter;
  // Suspected tampering: those who lead hear that there is something; the details stay with those who work on it (section 2).
  const codes = condition === 'integrity-suspect' && facts.tier === 'executive' ? [] : matter.codes;
  return {
    ...{ escalation: matter.id, client: matter.client, system, plan: matter.plan ?? matter.system, condition, severity },
    ...{ tier: facts.tier, state, repeats, summary: SENTENCES[condition].replace('{system}', () => system), codes },
    ...{ openedAt, respondBy, resolveBy, drill, verdict: facts.verdict, recoveryTimeMs: facts.recoveryTimeMs },
    rtoMs: plan?.contract.rtoMs ?? client.contract.rto ?? 4 * HOUR_MS,
    recoveryPointAgeMs: facts.recoveryPointAgeMs,
    rpoMs: plan?.contract.rpoMs ?? client.contract.rpo ?? HOUR_MS,
    ledgerSeq: matter.lastBecause,
    runbook: runbookOf(codes),
    downtimeProcedure: plan?.system.downtimeProcedure ?? null,
    url: facts.url,
    affects,
  };
}

/** The page of the first code that has one. */
function runbookOf(codes: readonly string[]): string | null {
  const code = codes.find(one => one in catalogue);
  return code === undefined ? null : `runbooks/response/${code}.md`;
}
