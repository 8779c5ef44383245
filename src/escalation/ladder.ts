import type { ResponseTime } from '../plan/channel-schema.ts';
import type { Client } from '../plan/client.ts';
import { addBusiness, businessCalendar, calendarOf, isOpen, nextBusinessDay, nextOpen } from './calendar.ts';
import type { Severity, Tier } from './channel.ts';
import { conditionRules, type Condition } from './condition.ts';
import { earliest, later } from './due.ts';
import { DAY_MS, HOUR_MS, instantOf, localDay, MINUTE_MS } from './wall-time.ts';

export const TIERS = ['L1', 'L2', 'L3', 'executive'] as const satisfies readonly Tier[];

interface Rhythm {
  readonly after: Partial<Record<Tier, ResponseTime>>;
  /** To the tier reached. `null`: not again. */
  readonly again: { readonly ms: number } | 'business-day' | null;
  /** A human acknowledgement without a progress note holds for so long (section 4). `null`: for good. */
  readonly quiet: ResponseTime | null;
  /** Leadership hears again and again while it is open (section 11). */
  readonly executiveMs: number | null;
}

const minutes = (count: number): { readonly ms: number } => ({ ms: count * MINUTE_MS });
const hours = (count: number): { readonly businessHours: number } => ({ businessHours: count });

/** escalation.md, section 3, as data. P4 has no times of its own: it goes into the daily digest. */
export const RHYTHMS: Readonly<Record<Severity, Rhythm>> = {
  P1: {
    after: { L1: minutes(0), L2: minutes(15), L3: minutes(30), executive: minutes(60) },
    again: minutes(15),
    quiet: minutes(30),
    executiveMs: HOUR_MS,
  },
  P2: {
    after: { L1: minutes(0), L2: minutes(30), L3: minutes(60), executive: minutes(90) },
    again: minutes(60),
    quiet: minutes(120),
    executiveMs: 4 * HOUR_MS,
  },
  P3: { after: { L1: hours(0), L2: hours(4), L3: hours(8) }, again: 'business-day', quiet: { businessDays: 1 }, executiveMs: null },
  P4: { after: { L1: minutes(0) }, again: null, quiet: null, executiveMs: null },
};

const DIGEST_HOUR_MS = 8 * HOUR_MS;

/** Whose ladder: a matter, as far as the ladder knows it. */
export interface OnLadder {
  readonly condition: Condition;
  readonly severity: Severity;
}

/**
 * The contacts of a tier. The security ladder replaces the normal one where the condition says so and the client has one. The vendor's
 * contact is told with L3 (section 3); of several vendors nobody can say which one is meant, so then only the ladder counts.
 */
export function contactsOf(client: Client, condition: Condition, tier: Tier): readonly string[] {
  const security = conditionRules[condition].security ? client.securityLadder : undefined;
  const names = security?.[tier] ?? client.ladder[tier];
  const vendors = client.vendors.flatMap(({ contact }) => contact ?? []);
  const vendor = tier === 'L3' && security === undefined && vendors.length === 1 ? vendors : [];
  return [...new Set([...names, ...vendor])].filter(name => name in client.contacts);
}

/** A moment, and how loud the matter is then. */
export interface Moment {
  readonly severity: Severity;
  readonly at: string;
}

/** Those who may be told at this moment: within their calendars. P1 ignores calendars, except one that never opens. */
export function onDuty(names: readonly string[], moment: Moment, client: Client): readonly string[] {
  return names.filter(name => dutyFrom([name], moment, client) === moment.at);
}

/** The first moment from `at` on at which one of them may be told. `null`: never. */
export function dutyFrom(names: readonly string[], { severity, at }: Moment, client: Client): string | null {
  return earliest(
    names.map(name => {
      const calendar = client.contacts[name]?.calendar;
      const known = calendar === undefined ? undefined : calendarOf(client, calendar);
      if (known === undefined) return at;
      if (severity === 'P1') return known.windows.length === 0 ? null : at;
      return isOpen(at, known) ? at : nextOpen(at, known);
    }),
  );
}

/** One tier that has contacts, and how long after the beginning it is due. */
export interface Step {
  readonly tier: Tier;
  readonly contacts: readonly string[];
  readonly after: ResponseTime;
}

/** The tiers of a matter in order. A tier without contacts is not there; the first one that is there is told first. */
export function stepsOf({ condition, severity }: OnLadder, client: Client): readonly Step[] {
  const { after } = RHYTHMS[severity];
  const there = TIERS.flatMap((tier): readonly Step[] => {
    const time = after[tier];
    const contacts = contactsOf(client, condition, tier);
    return time === undefined || contacts.length === 0 ? [] : [{ tier, contacts, after: time }];
  });
  const [first, ...rest] = there;
  return first === undefined ? [] : [{ ...first, after: after.L1 ?? first.after }, ...rest];
}

/** Where the ladder began: at the opening with the first tier, or resumed with a later one. */
export interface Beginning {
  readonly since: string;
  readonly first: Tier;
}

/** A matter whose ladder has begun. */
export interface Begun {
  readonly severity: Severity;
  readonly ladder: Beginning;
}

/** When a step is due if nobody answers. `null`: the hours of business never come. */
export function stepDue(step: Step, { severity, ladder: begun }: Begun, client: Client): string | null {
  if (severity === 'P4') return nextDigest(begun.since, client);
  const earlier = begun.first === 'L1' ? 0 : amountOf(RHYTHMS[severity].after[begun.first]);
  const amount = Math.max(0, amountOf(step.after) - earlier);
  if (severity !== 'P3') return later(begun.since, amount);
  return addBusiness(begun.since, { businessHours: amount }, businessCalendar(client));
}

/** When the tier reached is told again. `null`: not again. */
export function againDue(severity: Severity, lastNotifiedAt: string, client: Client): string | null {
  const { again } = RHYTHMS[severity];
  if (again === null) return null;
  return again === 'business-day' ? nextBusinessDay(lastNotifiedAt, businessCalendar(client)) : later(lastNotifiedAt, again.ms);
}

/** The next 08:00 in the zone of the client: when the daily digest goes out. */
export function nextDigest(at: string, client: Client): string {
  const ms = Date.parse(at);
  const today = localDay(ms, client.timezone);
  const moments = [today, today + DAY_MS].map(day => instantOf(day + DIGEST_HOUR_MS, client.timezone));
  return new Date(moments.find(moment => moment >= ms) ?? ms).toISOString();
}

/** When each tier is told of a matter that opens now and that nobody answers: the whole ladder at a glance (without calendars of contacts). */
export function ladderTimes(matter: OnLadder, openedAt: string, client: Client): Partial<Record<Tier, string>> {
  const ladder = { since: openedAt, first: 'L1' } as const;
  return Object.fromEntries(
    stepsOf(matter, client).flatMap(step => {
      const due = stepDue(step, { severity: matter.severity, ladder }, client);
      return due === null ? [] : [[step.tier, due]];
    }),
  );
}

/** Milliseconds, or business hours. */
function amountOf(time: ResponseTime | undefined): number {
  if (time === undefined) return 0;
  if ('ms' in time) return time.ms;
  return 'businessHours' in time ? time.businessHours : 0;
}
