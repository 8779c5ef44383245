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
  readonly facts: { readonly facts: readonly { readonly name: string; readonly value: string }[] } | null;
  readonly steps: readonly string[] | null;
  readonly form: { readonly action: string; readonly token: string; readonly contact: string } | null;
  readonly after: string | null;
}

const NOTHING = { lead: null, facts: null, steps: null, form: null, after: null };
const HEARD = 'Others who were called are told. If it takes longer, say a word now and then: resurgam escalation note.';

/** For the contact whose link it is, with the button. */
export function matterPage(matter: Matter, rules: Rules, form: NonNullable<EscalationView['form']>): EscalationView {
  const { summary, system } = contentOf(matter, rules, NO_FIGURES);
  return {
    ...NOTHING,
    ...{ title: `${matter.severity} ${system}`, tone: 'bad', tag: `${matter.severity} · ${system}`, heading: summary },
    facts: { facts: factsOf(matter, rules) },
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
    lead: `Recorded for ${by}. It stays open until the evidence is there: nobody can close it by hand.`,
    facts: { facts: factsOf(matter, rules) },
    steps: stepsOf(matter, rules),
    after: HEARD,
  };
}

/** For a link that is none, or was used, or whose matter is over: it tells nothing else. */
export function overPage(): EscalationView {
  return {
    ...NOTHING,
    ...{ title: 'Nothing to do here', tone: 'calm', tag: 'Link', heading: 'This link is not valid, or not any more' },
    lead: 'A link works once, for one person. The matter may also be over. See resurgam escalation list.',
  };
}

const NO_FIGURES = { tier: 'L1', verdict: null, recoveryTimeMs: null, recoveryPointAgeMs: null, url: null } as const;

function factsOf(matter: Matter, { client, plan }: Rules): readonly { readonly name: string; readonly value: string }[] {
  const time = (at: string): string => bothTimes(at, client.timezone);
  const facts: [string, string | null][] = [
    ['Since', time(matter.openedAt)],
    ['Answer by', matter.respondBy === null ? null : time(matter.respondBy)],
    ['Solve by', matter.resolveBy === null ? null : time(matter.resolveBy)],
    ['Seen', matter.repeats === 0 ? null : `${matter.repeats + 1} times`],
    ['Parts', matter.components.length === 0 ? null : matter.components.join(', ')],
    ['Meanwhile', plan?.system.downtimeProcedure ?? null],
    ['Escalation', matter.id],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function stepsOf(matter: Matter, rules: Rules): readonly string[] {
  const { runbook } = contentOf(matter, rules, NO_FIGURES);
  const page = runbook === null ? [] : [`Follow the page ${runbook}.`];
  return [...page, `See what happened: resurgam escalation show ${matter.id}`, ...proofStep(matter)];
}

function proofStep(matter: Matter): readonly string[] {
  if (matter.plan === null) return [];
  return [`When it is mended, prove it: resurgam drill ${matter.plan} --trigger retest`];
}
