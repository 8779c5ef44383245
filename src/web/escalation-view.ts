import type { ProofKind } from '../escalation/condition.ts';
import { contentOf } from '../escalation/content.ts';
import type { Matter, Rules } from '../escalation/matter.ts';
import { bothTimes } from '../escalation/wording.ts';

/** What the page of an escalation shows: plain own properties, for the template. */
export interface EscalationView {
  readonly title: string;
  readonly tone: 'bad' | 'calm' | 'good';
  readonly tag: string;
  readonly heading: string;
  readonly lead: string | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[] | null;
  readonly steps: readonly Line[] | null;
  readonly form: { readonly action: string; readonly token: string; readonly contact: string } | null;
  readonly after: Line | null;
}

/** A sentence, and the words of the command or file that belongs to it: a line may break between them, and nowhere else. */
interface Line {
  readonly text: string;
  readonly code: readonly string[];
}

const NOTHING = { lead: null, facts: null, steps: null, form: null, after: null };

/** For the contact whose link it is, with the button. */
export function matterPage(matter: Matter, rules: Rules, form: NonNullable<EscalationView['form']>): EscalationView {
  const { summary, system } = contentOf(matter, rules, NO_FIGURES);
  return {
    ...NOTHING,
    ...{ title: `${matter.severity} ${system}`, tone: 'bad', tag: `${matter.severity} · ${system}`, heading: summary },
    facts: factsOf(matter, rules),
    steps: stepsOf(matter, rules),
    form,
  };
}

/** After the button. */
export function takenPage(matter: Matter, rules: Rules): EscalationView {
  const { system } = contentOf(matter, rules, NO_FIGURES);
  const by = rules.client.contacts[matter.acknowledgedBy ?? '']?.name ?? 'you';
  return {
    ...NOTHING,
    ...{ title: 'Taken', tone: 'good', tag: `${matter.severity} · ${system}`, heading: 'Thank you. The matter is yours.' },
    lead: `Recorded for ${by}. It stays open until a drill or a backup proves that it is over: nobody can close it by hand.`,
    facts: factsOf(matter, rules),
    steps: stepsOf(matter, rules),
    after: line('The others who were called are told. If it takes longer, say so now and then:', noteOf(matter)),
  };
}

/** For a link that is none, or was used, or whose matter is over: it tells nothing else. */
export function overPage(): EscalationView {
  return {
    ...NOTHING,
    ...{ title: 'Nothing to do here', tone: 'calm', tag: 'Nothing was changed', heading: 'This link is not valid, or not any more' },
    lead: 'A link works once, for one person. The matter may also be over.',
    after: line('See what is open:', 'resurgam escalation list'),
  };
}

const BY_DRILL: ReadonlySet<ProofKind> = new Set(['drill-passed', 'drill-conclusive', 'three-passed']);
const NO_FIGURES = { tier: 'L1', verdict: null, recoveryTimeMs: null, recoveryPointAgeMs: null, url: null } as const;

function factsOf(matter: Matter, { client, plan }: Rules): readonly { readonly name: string; readonly value: string }[] {
  const { openedAt } = matter;
  const time = (at: string): string => bothTimes(at, client.timezone, openedAt);
  const facts: [string, string | null][] = [
    ['Since', bothTimes(openedAt, client.timezone)],
    ['Answer by', matter.respondBy === null ? null : time(matter.respondBy)],
    ['Solve by', matter.resolveBy === null ? null : time(matter.resolveBy)],
    ['Seen', matter.repeats === 0 ? null : `${matter.repeats + 1} times`],
    ['Parts', matter.components.length === 0 ? null : matter.components.join(', ')],
    ['Meanwhile', plan?.system.downtimeProcedure ?? null],
    ['Escalation', matter.id],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function stepsOf(matter: Matter, rules: Rules): readonly Line[] {
  const { runbook } = contentOf(matter, rules, NO_FIGURES);
  const page = runbook === null ? [] : [line('Follow the page', runbook)];
  return [...page, line('See what happened:', `resurgam escalation show ${matter.id}`), ...proofSteps(matter)];
}

/** What ends this matter is not always a drill: a backup that failed is over with a good one. */
function proofSteps({ id, plan, needs }: Matter): readonly Line[] {
  if (plan !== null && needs.some(need => BY_DRILL.has(need))) {
    return [line('When it is mended, prove it:', `resurgam drill ${plan} --trigger retest`)];
  }
  return [line('See what it waits for:', `resurgam escalation resolve ${id}`)];
}

function noteOf({ id, acknowledgedBy }: Matter): string {
  return `resurgam escalation note ${id} --by ${acknowledgedBy ?? 'YOU'}`;
}

function line(text: string, code: string): Line {
  return { text, code: code.split(' ') };
}
