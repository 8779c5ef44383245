import { advance, climbOne, nextDue, restartLadder, wake } from './advance.ts';
import { isWorse, severityOf } from './condition.ts';
import { dueTimes, earlier, later, latest } from './due.ts';
import { contactsOf, RHYTHMS, TIERS } from './ladder.ts';
import {
  isPaging,
  type Acknowledged,
  type Matter,
  type MatterEvent,
  type Observed,
  type Proof,
  type Rules,
  type Stepped,
} from './matter.ts';
import { isSameThread, openMatter, reopened, seenAgain } from './open-matter.ts';
import { concerns, counted, timesShown } from './proof.ts';
import { askState } from './state-asked.ts';
import { refusalEntry, Stepping } from './stepping.ts';

/** An observed condition brings the id that a new escalation would get: unique in the ledger. */
export type StepEvent = Exclude<MatterEvent, Observed> | (Observed & { readonly id: string });

/**
 * One thing happens to one matter: what it is then, and what is to be done about it. Pure: the same events give the same matter. `matter`
 * is the last one of the key, resolved or not; undefined if there never was one. Only `observed` makes one. Whatever is due at the
 * event is done in the same step, and what the event answers is not due any more: nobody is called for what was just taken up.
 */
export function step(matter: Matter | undefined, given: StepEvent, rules: Rules): Stepped {
  const event = { ...given, at: new Date(given.at).toISOString() };
  if (event.kind === 'observed') return observe(matter, event, rules);
  if (matter === undefined || matter.state === 'resolved') return { matter, effects: [] };
  const stepping = new Stepping(matter, rules);
  const now = latest(matter.seenAt, event.at);
  wake(stepping, now);
  happen(stepping, event);
  advance(stepping, now);
  return stepping.result;
}

/** When `tick` must come next. `null`: not before something happens. */
export function nextAt(matter: Matter, rules: Rules): string | null {
  return nextDue(matter, rules);
}

function happen(stepping: Stepping, event: Exclude<StepEvent, { kind: 'observed' }>): void {
  switch (event.kind) {
    case 'tick':
      return;
    case 'proof': {
      prove(stepping, event);
      return;
    }
    case 'acknowledged': {
      acknowledge(stepping, event);
      return;
    }
    case 'state': {
      askState(stepping, event, acknowledge);
      return;
    }
    case 'note': {
      note(stepping, event);
      return;
    }
    case 'undelivered': {
      undelivered(stepping, event);
      return;
    }
  }
}

function observe(matter: Matter | undefined, event: Observed & { readonly id: string }, rules: Rules): Stepped {
  if (event.condition === 'clinical-stop' && !mayDeclare(event, rules)) {
    const by = event.by ?? 'unknown';
    const entry = refusalEntry(by, `clinical-stop of ${event.system}`, 'may-not-declare');
    return {
      matter,
      effects: [
        { kind: 'refused', by, why: 'may-not-declare' },
        { kind: 'entry', entry },
      ],
    };
  }
  if (matter === undefined || (matter.state === 'resolved' && !isSameThread(matter, event.at))) {
    const stepping = new Stepping(openMatter(event.id, event, { rules, before: matter }), rules);
    if (stepping.matter.state !== 'held') stepping.opened();
    advance(stepping, stepping.matter.seenAt);
    return stepping.result;
  }
  const stepping = new Stepping(matter, rules);
  const now = latest(matter.seenAt, event.at);
  wake(stepping, now);
  if (stepping.matter.state === 'held') hold(stepping, event);
  else repeat(stepping, event, now);
  advance(stepping, now);
  return stepping.result;
}

/** Seen again inside the maintenance window: recorded, nobody is called. */
function hold(stepping: Stepping, event: Observed): void {
  const { matter, rules } = stepping;
  const severity = severityOf(event.condition, { ...rules, inARow: event.inARow });
  const repeats = matter.repeats + (event.occasion === matter.occasion ? 0 : timesOf(event));
  stepping.set({ ...seenAgain(matter, event), repeats, severity: isWorse(severity, matter.severity) ? severity : matter.severity });
}

/** The same matter again (escalation.md, section 8). What is merely looked at again, at the same occasion, is no repeat. */
function repeat(stepping: Stepping, event: Observed, now: string): void {
  const { matter, rules } = stepping;
  const over = matter.state === 'resolved' || matter.state === 'restored';
  if (event.occasion === matter.occasion && !over) return;
  stepping.set({ ...seenAgain(matter, event), repeats: matter.repeats + timesOf(event) });
  if (over) comeBack(stepping, matter, now);
  const severity = severityOf(event.condition, { ...rules, inARow: event.inARow });
  if (isWorse(severity, matter.severity)) raise(stepping, severity, now);
  else if (stepping.matter.state !== 'accepted') oweWord(stepping, now);
  if (matter.repeats < 3 && stepping.matter.repeats >= 3 && isPaging(stepping.matter.state)) stepping.set({ executiveNextAt: now });
}

function timesOf({ times = 1 }: Observed): number {
  return times;
}

/** It was not over. The clocks go on as if it had never been, and nobody has to be found anew. */
function comeBack(stepping: Stepping, { state, ladder }: Matter, now: string): void {
  stepping.toState('open', 'the condition came back');
  stepping.set({ ...(state === 'resolved' ? reopened(stepping.matter, now) : stepping.matter), restoredAt: null, workaroundAt: null });
  stepping.setLadder({ since: now, first: ladder.reached ?? 'L1', running: true });
}

/** Repeats never go silent: the tier reached hears of them at once, at P4 in the next digest. */
function oweWord(stepping: Stepping, now: string): void {
  if (stepping.matter.severity === 'P4') stepping.setLadder({ since: now, first: 'L1', reached: null, running: true });
  else if (stepping.matter.ladder.reached !== null) stepping.setLadder({ owed: true });
}

/** It became worse: the earlier of the old and the new times holds, and the ladder begins anew (section 8). Also what was accepted, for that was less. */
function raise(stepping: Stepping, severity: Matter['severity'], now: string): void {
  const { matter, rules } = stepping;
  const clocks = dueTimes(severity, now, rules.client);
  stepping.changed({ field: 'severity', from: matter.severity, to: severity }, 'it happened again');
  const { executiveMs } = RHYTHMS[severity];
  stepping.set({
    severity,
    respondBy: earlier(matter.respondBy, clocks.respondBy),
    resolveBy: earlier(matter.resolveBy, clocks.resolveBy),
    executiveNextAt: severity === 'P1' ? now : (matter.executiveNextAt ?? (executiveMs === null ? null : later(now, executiveMs))),
  });
  if (matter.state === 'acknowledged' || matter.state === 'accepted') stepping.toState('open', `severity raised to ${severity}`);
  restartLadder(stepping, now);
}

function acknowledge(stepping: Stepping, { at, by, via, how }: Omit<Acknowledged, 'kind'>): void {
  const { matter, rules } = stepping;
  const human = how === 'human';
  if (human && !(by in rules.client.contacts)) {
    stepping.refuse(by, 'acknowledge', 'not-a-contact');
    return;
  }
  const responseMs = human ? (matter.responseMs ?? Math.max(0, Date.parse(at) - Date.parse(matter.openedAt))) : null;
  const fields = { escalation: matter.id, by, via, kind: how, responseMs };
  stepping.seal({
    type: 'escalation-acknowledged',
    actor: human ? { kind: 'person', id: by } : { kind: 'system', id: 'resurgam' },
    fields,
  });
  if (!human || !isPaging(matter.state)) return;
  if (matter.state === 'open') stepping.toState('acknowledged', 'somebody works on it', by);
  stepping.set({ acknowledgedAt: at, acknowledgedBy: by, responseMs, lastNoteAt: null });
  stepping.setLadder({ running: false, owed: false });
  tellOthers(stepping, { at, by });
}

/** Those of the tier reached need not get up any more. */
function tellOthers(stepping: Stepping, { at, by }: { readonly at: string; readonly by: string }): void {
  const { condition, ladder } = stepping.matter;
  if (ladder.reached === null || stepping.isMuted(at)) return;
  const contacts = contactsOf(stepping.rules.client, condition, ladder.reached).filter(name => name !== by);
  stepping.notify({ tier: ladder.reached, contacts }, 'acknowledged', at);
}

/** A word from somebody who works on it keeps the acknowledgement alive; after it lapsed, it takes it up again. */
function note(stepping: Stepping, { at, by }: { readonly at: string; readonly by: string }): void {
  const { matter, rules } = stepping;
  if (!(by in rules.client.contacts)) {
    stepping.refuse(by, 'progress note', 'not-a-contact');
    return;
  }
  if (matter.acknowledgedAt === null || !isPaging(matter.state)) {
    stepping.set({ lastNoteAt: at });
    return;
  }
  if (matter.state === 'open') stepping.toState('acknowledged', 'a progress note came', by);
  stepping.set({ lastNoteAt: at });
  stepping.setLadder({ running: false });
}

/** Nobody else of the tier may have been reached either: the next one is told now, the rest of the ladder keeps its times. */
function undelivered(stepping: Stepping, { at, contact }: { readonly at: string; readonly contact: string }): void {
  const { matter, rules } = stepping;
  const { reached, running } = matter.ladder;
  if (!running || reached === null || !isPaging(matter.state) || stepping.isMuted(at)) return;
  if (contactsOf(rules.client, matter.condition, reached).includes(contact)) climbOne(stepping, at, 'a contact could not be reached');
}

function prove(stepping: Stepping, proof: Proof): void {
  const { matter, rules } = stepping;
  if (!concerns(proof, matter, rules)) return;
  stepping.set({ proofs: counted(matter, proof) });
  const times = timesShown(stepping.matter);
  if (times === 0) return;
  if (matter.state === 'held') {
    stepping.set({ state: 'resolved', resolvedAt: proof.at });
    return;
  }
  stepping.toState('restored', 'the evidence is there');
  stepping.set({ restoredAt: matter.restoredAt ?? proof.at });
  if (times < matter.proofsNeeded) return;
  stepping.resolved(proof.because, proof.at);
  if (!stepping.isMuted(proof.at)) tellTheEnd(stepping, proof.at);
}

/** Everybody who was called hears that it is over. */
function tellTheEnd(stepping: Stepping, at: string): void {
  const { condition, ladder, executiveLastAt } = stepping.matter;
  const reached = ladder.reached === null ? -1 : TIERS.indexOf(ladder.reached);
  for (const tier of TIERS) {
    const told = tier === 'executive' ? executiveLastAt !== null : TIERS.indexOf(tier) <= reached;
    if (told) stepping.notify({ tier, contacts: contactsOf(stepping.rules.client, condition, tier) }, 'resolved', at);
  }
}

function mayDeclare({ by }: Observed, { client }: Rules): boolean {
  return by !== undefined && by in client.contacts && client.mayDeclareClinical.includes(by);
}
