import { sayTime } from '../measurement/wording.ts';
import type { Message } from './channel.ts';
import { meaningOf } from './condition-meaning.ts';
import type { PartView } from './message-view.ts';
import { oneLine, shortened } from './one-line.ts';
import { bothTimes } from './wording.ts';

const HOUR_MS = 3_600_000;

/** How often leadership hears of an open matter (escalation.md, section 11). */
const UPDATE_EVERY_MS: Readonly<Record<string, number>> = { P1: HOUR_MS, P2: 4 * HOUR_MS };

/** What people are doing about it, by the state of the matter. */
const STEP: Readonly<Record<string, string>> = {
  open: 'the people on call were told; nobody has answered yet',
  reopened: 'it came back, and the people on call were told again',
  acknowledged: 'a named person is working on it',
  stabilized: 'no more is being lost; repair goes on',
  'workaround-approved': 'work goes on by an approved workaround; repair goes on',
  restored: 'it works again; the proof is being checked',
  resolved: 'it is over',
  accepted: 'the risk was accepted for a time',
};

/** Characters of a whole notice (escalation.md, section 11), and those that its headings and empty lines take. */
const LONGEST = 600;
const LAYOUT = 40;
const SHORTEST_SUMMARY = 20;

/**
 * For people who lead and people at the front desk: no code, no finding, no runbook. `around`: characters of the title and the footer.
 * What must be said stands in full; summary and name of the procedure, which plans may make long, get the room that is left.
 */
export function noticeParts({ content, timeZone, at }: Message, around: number): readonly PartView[] {
  const every = UPDATE_EVERY_MS[content.severity];
  const next = every === undefined ? 'when something changes' : bothTimes(new Date(Date.parse(at) + every).toISOString(), timeZone, at);
  const effect = meaningOf(content.condition);
  const since = `${bothTimes(content.openedAt, timeZone)}. Promised: back within ${sayTime(content.rtoMs)}. ${figure(content.recoveryTimeMs)}`;
  const now = `Now: ${STEP[content.state] ?? 'it is being looked at'}. Next word: ${next}.`;
  const procedure = content.downtimeProcedure === null ? '' : `Downtime procedure: ${oneLine(content.downtimeProcedure)}`;
  const room = LONGEST - LAYOUT - around - [effect, since, now].join('').length;
  const told = shortened(procedure, Math.max(0, room - Math.min(SHORTEST_SUMMARY, content.summary.length)));
  return [
    { heading: 'What', lines: [shortened(oneLine(content.summary), room - told.length), effect] },
    { heading: 'Since', lines: [since] },
    { heading: 'Next', lines: [...(told === '' ? [] : [told]), now] },
  ];
}

function figure(recoveryTimeMs: number | null): string {
  return recoveryTimeMs === null ? 'Present figure: not known.' : `Present figure: ${sayTime(recoveryTimeMs)}.`;
}
