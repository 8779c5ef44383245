import { catalogue } from '../finding/catalogue.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import type { Condition, ProofKind } from './condition.ts';
import type { Observed } from './matter.ts';
import { observed, proof, type Happening, type Source } from './seen.ts';
import { DAY_MS, localDay } from './wall-time.ts';

/** After so many intervals without a heartbeat a worker counts as silent (escalation.md, section 2). */
const SILENT_INTERVALS = 3;
const EXPIRING_DAYS = 30;

/** No drill began in time, for this cause if it is known. Resolved by the plan's next conclusive drill. */
export function drillMissed(source: Source, { occurrence, cause }: { readonly occurrence: string; readonly cause: string }): Observed {
  const code = `drill.${cause}`;
  return observed('drill-missed', source, { occasion: occurrence, codes: code in catalogue ? [code] : [] });
}

/** Heartbeats of one worker, seen by another process: silent after three intervals. */
export function workerHeard(source: Source, worker: { readonly heartbeatAt: string; readonly intervalMs: number }): Happening {
  if (isSilent(worker, source.at)) return observed('worker-silent', source, { occasion: worker.heartbeatAt });
  return proof('heartbeat', source);
}

/** Whether three intervals passed since the last heartbeat. */
export function isSilent(worker: { readonly heartbeatAt: string; readonly intervalMs: number }, now: string): boolean {
  return Date.parse(now) - Date.parse(worker.heartbeatAt) > SILENT_INTERVALS * worker.intervalMs;
}

/** Every channel of a contact failed; over when a test message was delivered. `source.system`: the contact. */
export function notificationFailed(source: Source, message: string): Happening {
  return observed('notification-failed', source, { occasion: message });
}

export function testDelivered(source: Source): Happening {
  return proof('test-delivered', source);
}

/** The own verification of the ledger: anything but verified is a matter. `size`: number of entries that were looked at. */
export function ledgerVerified(source: Source, ledger: { readonly verified: boolean; readonly size: number }): Happening {
  if (ledger.verified) return proof('ledger-verified', source);
  return observed('ledger-altered', source, { occasion: `size-${ledger.size}` });
}

/** Clinical work has stopped, or goes on again, in the words of a contact who may say so (checked where it is taken up). */
export function clinicalStop(source: Source, by: string): Happening {
  return observed('clinical-stop', source, { occasion: `declared-${source.seq}`, by });
}

export function clinicalResumed(source: Source, by: string): Happening {
  return proof('clinical-resumed', source, { by });
}

/** A security contact releases what was suspected. */
export function securityRelease(source: Source, by: string): Happening {
  return proof('security-release', source, { by });
}

/** The business associate agreements of a client, each under the reference of its vendor: by days of the client's zone. */
export function agreements(source: Omit<Source, 'system' | 'plan'>, client: Client): readonly Happening[] {
  return client.vendors.flatMap(({ name, baa }): readonly Happening[] => {
    if (baa === undefined) return [];
    const about = { ...source, system: slug(name), plan: null };
    const days = (Date.parse(baa.expires) - localDay(Date.parse(source.at), client.timezone)) / DAY_MS;
    const occasion = { occasion: baa.expires };
    if (days < 0) return [observed('baa-expired', about, occasion)];
    return days <= EXPIRING_DAYS ? [observed('baa-expiring', about, occasion)] : [proof('baa-renewed', about)];
  });
}

/** A system that nobody answers for, or of which a part was never drilled. Over once a plan without the gap is approved. */
export function coverageOf(source: Source, plan: Plan | undefined, drilled: ReadonlySet<string>): readonly Happening[] {
  const never = plan?.components.filter(component => component.backup !== null && !drilled.has(component.name)) ?? [];
  const gaps = [
    ...(plan === undefined ? ['no-plan'] : []),
    ...(plan?.system.owner === null ? ['no-owner'] : []),
    ...never.map(component => `never-drilled-${component.name}`),
  ];
  if (gaps.length === 0) return [proof('plan-approved', source)];
  return [observed('coverage', source, { occasion: gaps.join('+'), components: never.map(component => component.name) })];
}

const DUE: Readonly<Record<DueCondition, ProofKind>> = {
  'review-overdue': 'done',
  'remediation-overdue': 'done',
  'anchor-overdue': 'anchored',
  'break-glass-unreviewed': 'reviewed',
  'report-late': 'report-issued',
};
export type DueCondition = Extract<
  Condition,
  'review-overdue' | 'remediation-overdue' | 'anchor-overdue' | 'break-glass-unreviewed' | 'report-late'
>;

/** Something that had to be done by a date. `source.system`: what it is (a review, a remediation, a report). */
export function dueOf(condition: DueCondition, source: Source, due: { readonly by: string; readonly done: boolean }): readonly Happening[] {
  if (due.done) return [proof(DUE[condition], source)];
  return Date.parse(source.at) > Date.parse(due.by) ? [observed(condition, source, { occasion: due.by })] : [];
}

/** A worst age of a day above the objective needs a whole day at or below it; drills do not speak of it. */
export function worstAgeOf(
  source: Source,
  day: { readonly day: string; readonly worstAgeMs: number | null; readonly rpoMs: number },
): Happening {
  const kept = day.worstAgeMs !== null && day.worstAgeMs <= day.rpoMs;
  if (kept) return proof('age-kept', source);
  return observed('objective-missed', source, { occasion: `day-${day.day}`, needs: ['age-kept'] });
}

function slug(name: string): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.replaceAll(/^-+|-+$/g, '') || 'vendor';
}
