import { readFileSync } from 'node:fs';
import type { Severity } from '../../src/escalation/channel.ts';
import type { Condition } from '../../src/escalation/condition.ts';
import type { Effect, Matter, Observed, Proof, Rules } from '../../src/escalation/matter.ts';
import { observed, proof } from '../../src/escalation/seen.ts';
import { step, type StepEvent } from '../../src/escalation/step.ts';
import { Client } from '../../src/plan/client.ts';
import { loadPlan } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { bytes, FIVE_LINES, vocabulary } from '../plan/vocabulary.ts';

interface Acknowledgement {
  readonly at: string;
  readonly kind: 'human' | 'automatic';
}

/** The worked examples of escalation.md, section 15, exactly as they are published. */
interface Vectors {
  readonly due: readonly {
    readonly id: string;
    readonly severity: Severity;
    readonly openedAt: string;
    readonly respondBy: string;
    readonly resolveBy: string;
  }[];
  readonly ladder: readonly {
    readonly id: string;
    readonly severity: Severity;
    readonly openedAt: string;
    readonly acknowledgements: readonly Acknowledgement[];
    readonly responseMs?: number | null;
    readonly L1?: string;
    readonly L2?: string;
    readonly L3?: string;
    readonly executive?: string;
  }[];
  readonly raise: Readonly<Record<'openedAt' | 'at' | 'respondBy' | 'resolveBy', string>> & {
    readonly from: Severity;
    readonly to: Severity;
    readonly repeats: number;
  };
  readonly tier: readonly { readonly id: string; readonly tier: number; readonly condition: Condition; readonly severity: Severity }[];
  readonly notice: {
    readonly discoveredAt: string;
    readonly initialBy: string;
    readonly formalBy: string;
    readonly lawOuterLimit: string;
    readonly sent: readonly { readonly medium: 'mail' | 'phone'; readonly at: string }[];
    readonly initialLate: boolean;
  };
}

export const vectors = JSON.parse(readFileSync(new URL('../vectors/escalation.json', import.meta.url), 'utf8')) as Vectors;

/** The clinic of the worked examples: Chicago, Monday to Friday 08:00 to 17:00, Thanksgiving. */
export function clinic(more: Readonly<Record<string, unknown>> = {}): Client {
  return Client.parse({
    client: 'lakeside',
    timezone: 'America/Chicago',
    contacts: {
      'on-call': { name: 'On call', phone: '+1 312 555 0100' },
      'it-director': { name: 'Dana Reyes', role: 'risk-owner', email: 'dana@lakeside.example' },
      'ehr-vendor': { name: 'EHR vendor', email: 'l3@vendor.example' },
      'practice-manager': { name: 'Sam Okafor', email: 'sam@lakeside.example' },
      officer: { name: 'Kim Lund', role: 'security', email: 'kim@lakeside.example' },
    },
    ladder: { L1: ['on-call'], L2: ['it-director'], L3: ['it-director'], executive: ['practice-manager'] },
    vendors: [{ name: 'EHR vendor', contact: 'ehr-vendor' }],
    mayDeclareClinical: ['it-director'],
    calendars: { office: { hours: ['MON-FRI 08:00-17:00'], holidays: ['2026-11-26'] } },
    ...more,
  });
}

export function planOf(text = '', client = clinic()): Plan {
  const { plan, problems } = loadPlan({ file: '/srv/plans/lakeside/ehr.yaml', bytes: bytes(`${FIVE_LINES}${text}`) }, vocabulary, client);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

/** The rules of a system of tier 1: severities as the table has them. */
export function rulesOf(client = clinic()): Rules {
  return { client, plan: { ...planOf('', client), system: { ...planOf('', client).system, tier: 1 } } };
}

let entries = 100;

export function seen(condition: Condition, at: string, more: Partial<Observed> = {}): Observed & { id: string } {
  entries += 1;
  const source = { at, seq: entries, system: 'lakeside-ehr', plan: 'lakeside-ehr' };
  return { ...observed(condition, source, { occasion: `d-${entries}`, ...more }), id: `e-${entries}` };
}

export function shown(of: Proof['of'], at: string, more: Partial<Proof> = {}): Proof {
  entries += 1;
  return proof(of, { at, seq: entries, system: 'lakeside-ehr', plan: 'lakeside-ehr' }, { trigger: 'schedule', ...more });
}

export interface Told {
  readonly at: string;
  readonly effect: Effect;
}

/** Plays events in order, with a tick every minute in between and up to `until`: what a worker does. */
export function play(
  events: readonly StepEvent[],
  until: string,
  rules = rulesOf(),
): { readonly matter: Matter; readonly told: readonly Told[] } {
  let matter: Matter | undefined;
  const told: Told[] = [];
  const take = (event: StepEvent): void => {
    const stepped = step(matter, event, rules);
    matter = stepped.matter;
    told.push(...stepped.effects.map(effect => ({ at: event.at, effect })));
  };
  const left = [...events];
  for (let ms = Date.parse(left[0]?.at ?? until); ms <= Date.parse(until); ms += 60_000) {
    while (left[0] !== undefined && Date.parse(left[0].at) <= ms) take(left.shift() as StepEvent);
    take({ kind: 'tick', at: new Date(ms).toISOString() });
  }
  if (matter === undefined) throw new Error('no matter');
  return { matter, told };
}

/** When each tier was told, each time. */
export function notified(told: readonly Told[], tier: string, message?: string): readonly string[] {
  return told.flatMap(({ at, effect }) =>
    effect.kind === 'notify' && effect.tier === tier && (message === undefined || effect.message === message)
      ? [new Date(at).toISOString().replace('.000Z', 'Z')]
      : [],
  );
}

export function sealed(effects: readonly Effect[]): readonly { readonly type: string; readonly fields: object }[] {
  return effects.flatMap(effect => (effect.kind === 'entry' ? [effect.entry] : []));
}
