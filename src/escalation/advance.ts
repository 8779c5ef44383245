import { dueAt, dueTimes, earliest, later, latest } from './due.ts';
import { businessCalendar } from './calendar.ts';
import { againDue, contactsOf, dutyFrom, onDuty, RHYTHMS, stepDue, stepsOf, TIERS, type Step } from './ladder.ts';
import { isPaging, type Matter, type Rules } from './matter.ts';
import type { Stepping } from './stepping.ts';
import { mutedUntil } from './window.ts';

/** Does everything that has become due up to `now`: afterwards nothing is due at `now` or before it. */
export function advance(stepping: Stepping, now: string): void {
  wake(stepping, now);
  if (isPaging(stepping.matter.state) && !stepping.isMuted(now)) {
    resumeUnanswered(stepping, now);
    climb(stepping, now);
    tellAgain(stepping, now);
    tellExecutives(stepping, now);
  }
  stepping.set({ seenAt: latest(stepping.matter.seenAt, now) });
}

/** Opens what was held or accepted until a moment that has come. */
export function wake(stepping: Stepping, now: string): void {
  openHeld(stepping, now);
  endAcceptance(stepping, now);
}

/** The next moment at which `advance` has something to do; always later than `seenAt`. `null`: nothing until something happens. */
export function nextDue(matter: Matter, rules: Rules): string | null {
  if (matter.state === 'held') return matter.heldUntil;
  if (matter.state === 'accepted') return matter.acceptedUntil;
  if (!isPaging(matter.state)) return null;
  const next = earliest([quietUntil(matter, rules), ...ladderDue(matter, rules), executiveDue(matter, rules)]);
  if (next === null) return null;
  const at = latest(next, matter.seenAt);
  const muted = mutedUntil(at, matter, rules.client);
  // Who is on duty when the window ends is another question than who is now.
  return muted === null ? at : nextDue({ ...matter, seenAt: muted }, rules);
}

/** Tells the next tier now, passing over tiers of which nobody is on duty. Returns whether anybody could be told. */
export function climbOne(stepping: Stepping, now: string, why: string): boolean {
  const { matter, rules } = stepping;
  for (const step of stepsLeft(matter, rules)) {
    if (onDuty(step.contacts, { severity: matter.severity, at: now }, rules.client).length === 0) continue;
    const from = matter.ladder.reached ?? 'L1';
    if (from !== step.tier) stepping.changed({ field: 'tier', from, to: step.tier }, why);
    // Leadership mends nothing: that it was told takes no turn from those who are told again.
    const last = step.tier === 'executive' ? (matter.ladder.lastNotifiedAt ?? now) : now;
    stepping.setLadder({ reached: step.tier, lastNotifiedAt: last, owed: step.tier === 'executive' && matter.ladder.owed });
    if (step.tier === 'executive') sayExecutive(stepping, step.contacts, now);
    else stepping.notify(step, matter.severity === 'P4' ? 'digest' : 'opened', now);
    return true;
  }
  return false;
}

/** What was noticed inside a maintenance window opens when the window ends, with its clocks from there. */
function openHeld(stepping: Stepping, now: string): void {
  const { heldUntil, state, severity } = stepping.matter;
  if (state !== 'held' || heldUntil === null || heldUntil > now) return;
  const clocks = dueTimes(severity, heldUntil, stepping.rules.client);
  stepping.set({ state: 'open', openedAt: heldUntil, heldUntil: null, ...clocks, executiveNextAt: executiveAfter(severity, heldUntil) });
  stepping.setLadder({ since: heldUntil });
  stepping.opened();
}

function endAcceptance(stepping: Stepping, now: string): void {
  const { acceptedUntil, state } = stepping.matter;
  if (state !== 'accepted' || acceptedUntil === null || acceptedUntil > now) return;
  stepping.toState('open', 'the date until which it was accepted has come');
  restartLadder(stepping, acceptedUntil);
}

/** From L1 again. */
export function restartLadder(stepping: Stepping, since: string): void {
  stepping.set({ acceptedUntil: null, ladder: { since, first: 'L1', reached: null, running: true, lastNotifiedAt: null, owed: false } });
}

/** A human acknowledgement without a progress note holds only so long (section 4); then the next tier is told. */
function resumeUnanswered(stepping: Stepping, now: string): void {
  const { matter, rules } = stepping;
  const until = quietUntil(matter, rules);
  if (until === null || until > now) return;
  if (matter.state === 'acknowledged') stepping.toState('open', 'acknowledged, then no progress note in time');
  const next = stepsLeft(matter, rules)[0];
  // The tiers keep their distances: the next one is told now, the one after it as much later as the table has it.
  stepping.setLadder({ running: true, since: until, first: next?.tier ?? matter.ladder.first, owed: next === undefined });
}

function climb(stepping: Stepping, now: string): void {
  while (stepping.matter.ladder.running) {
    const due = nextStepAt(stepping.matter, stepping.rules);
    if (due === null || due > now || !climbOne(stepping, now, 'no person has answered')) return;
  }
}

function tellAgain(stepping: Stepping, now: string): void {
  const { matter, rules } = stepping;
  if (!matter.ladder.owed && !isAgainDue(matter, rules, now)) return;
  const step = heardBy(matter, rules).find(one => onDuty(one.contacts, { severity: matter.severity, at: now }, rules.client).length > 0);
  if (step === undefined) return;
  stepping.notify(step, 'changed', now);
  stepping.setLadder({ lastNotifiedAt: now, owed: false });
}

/** Leadership hears whether or not somebody works on it (section 11). */
function tellExecutives(stepping: Stepping, now: string): void {
  const { matter, rules } = stepping;
  if (matter.executiveNextAt === null || matter.executiveNextAt > now) return;
  const contacts = contactsOf(rules.client, matter.condition, 'executive');
  if (contacts.length > 0 && onDuty(contacts, { severity: matter.severity, at: now }, rules.client).length === 0) return;
  if (matter.executiveLastAt !== now && contacts.length > 0) sayExecutive(stepping, contacts, now);
  stepping.set({ executiveNextAt: nextBeat(matter.executiveNextAt, RHYTHMS[matter.severity].executiveMs, now) });
}

function sayExecutive(stepping: Stepping, contacts: readonly string[], now: string): void {
  const { matter, rules } = stepping;
  const told = onDuty(contacts, { severity: matter.severity, at: now }, rules.client);
  stepping.say({ kind: 'notify', tier: 'executive', contacts: told, message: 'executive' });
  stepping.say({ kind: 'notice', notice: 'executive', contacts: told, dueAt: matter.executiveNextAt ?? now });
  stepping.set({ executiveLastAt: now });
}

/** When leadership is first told of a matter that opened then. */
export function executiveAfter(severity: Matter['severity'], openedAt: string): string | null {
  const { executiveMs } = RHYTHMS[severity];
  return executiveMs === null ? null : later(openedAt, executiveMs);
}

function nextBeat(from: string, everyMs: number | null, now: string): string | null {
  if (everyMs === null) return null;
  const missed = Math.floor((Date.parse(now) - Date.parse(from)) / everyMs);
  return later(from, (missed + 1) * everyMs);
}

function quietUntil({ ladder, severity, acknowledgedAt, lastNoteAt }: Matter, rules: Rules): string | null {
  const { quiet } = RHYTHMS[severity];
  const from = lastNoteAt ?? acknowledgedAt;
  if (ladder.running || quiet === null || from === null) return null;
  return dueAt(from, quiet, businessCalendar(rules.client));
}

function stepsLeft(matter: Matter, { client }: Rules): readonly Step[] {
  const { reached } = matter.ladder;
  const at = reached === null ? -1 : TIERS.indexOf(reached);
  return stepsOf(matter, client).filter(step => TIERS.indexOf(step.tier) > at);
}

function nextStepAt(matter: Matter, rules: Rules): string | null {
  const step = stepsLeft(matter, rules)[0];
  return step === undefined ? null : stepDue(step, matter, rules.client);
}

function isAgainDue({ ladder, severity }: Matter, { client }: Rules, now: string): boolean {
  if (!ladder.running || ladder.lastNotifiedAt === null || ladder.reached === null) return false;
  const due = againDue(severity, ladder.lastNotifiedAt, client);
  return due !== null && due <= now;
}

/**
 * Who hears again, best first: the highest of L1 to L3 up to the tier reached. Leadership has its own rhythm and can mend nothing, so it
 * is only told again in this way where there is nobody else.
 */
function heardBy(matter: Matter, { client }: Rules): readonly Step[] {
  const { reached } = matter.ladder;
  if (reached === null) return [];
  const upTo = stepsOf(matter, client).filter(step => TIERS.indexOf(step.tier) <= TIERS.indexOf(reached));
  const people = upTo.filter(step => step.tier !== 'executive').reverse();
  return people.length > 0 ? people : upTo;
}

function ladderDue(matter: Matter, rules: Rules): readonly (string | null)[] {
  const { ladder, severity, seenAt } = matter;
  const told = ladder.running && ladder.reached !== null ? ladder.lastNotifiedAt : null;
  const again = told === null ? null : againDue(severity, told, rules.client);
  const left = ladder.running ? stepsLeft(matter, rules) : [];
  const about = { matter, rules };
  return [onDutyAfter(nextStepAt(matter, rules), left, about), onDutyAfter(ladder.owed ? seenAt : again, heardBy(matter, rules), about)];
}

function executiveDue(matter: Matter, rules: Rules): string | null {
  const contacts = contactsOf(rules.client, matter.condition, 'executive');
  return onDutyAfter(matter.executiveNextAt, [{ contacts }], { matter, rules });
}

/** What is due and could not be done yet waits for somebody to come on duty. `null`: nobody ever does. */
function onDutyAfter(
  due: string | null,
  steps: readonly Pick<Step, 'contacts'>[],
  { matter, rules }: { readonly matter: Matter; readonly rules: Rules },
): string | null {
  if (due === null) return null;
  const contacts = steps.flatMap(step => step.contacts);
  return dutyFrom(contacts, { severity: matter.severity, at: latest(due, matter.seenAt) }, rules.client);
}
