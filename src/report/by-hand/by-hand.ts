import { HAND_PREPARE } from '../../backup/by-hand.ts';
import { sayAge, sayTime } from '../../measurement/wording.ts';
import { shortDigest, stampBoth } from '../words.ts';
import { componentsOf, handOf } from './components.ts';
import { contactsOf } from './contacts.ts';
import { keysOf } from './keys.ts';
import { packagesOf } from './packages.ts';
import { questionsOf } from './questions.ts';
import type { Fact, HandSource, HandView } from './view.ts';

/** The plan as a document that somebody can follow who has neither Resurgam nor a network. */
export function handView(source: HandSource): HandView {
  const { plan, madeAt, timeZone, version } = source;
  const [components, questions] = [componentsOf(source), questionsOf(source)];
  return {
    title: `Runbook: ${plan.system.name}`,
    system: plan.system.name,
    client: source.client?.name ?? plan.client,
    lead: 'How to bring this system back by hand, with the network down. Type the commands from top to bottom, in one terminal (bash), as root. A line that fails prints STOP: do not go on then, and call.',
    facts: factsOf(source),
    contacts: contactsOf(source),
    keys: keysOf(source),
    packages: packagesOf({ components, questions }),
    prepare: HAND_PREPARE.join('\n'),
    components,
    questions,
    afterwards: source.components.flatMap(component => handOf(source, component)?.afterwards ?? []),
    notTested: notTested(source),
    foot: `Printed ${stampBoth(madeAt, timeZone)} by resurgam ${version} from the plan ${plan.plan}, SHA-256 ${shortDigest(plan.digest)}. Print it again when the plan changes, and keep it where it can be read when nothing runs.`,
  };
}

function factsOf(source: HandSource): readonly Fact[] {
  const { plan, record, timeZone } = source;
  const { contract, system } = plan;
  const promised = contract.source === 'default' ? ' (nobody promised anything: the default)' : '';
  const facts: [string, string | null][] = [
    ['Meanwhile', system.downtimeProcedure ?? 'no downtime procedure is named in the plan'],
    ['In use again within', `${sayTime(contract.rtoMs)}, from the ${contract.rtoStarts}${promised}`],
    ['Losing at most', `${sayAge(contract.rpoMs)}${promised}`],
    ['What it is', `${system.kind}, tier ${String(system.tier)}${system.phi ? ', holds health data of patients' : ''}`],
    ['It also needs', needsText(source)],
    [
      'Last drill',
      record === undefined ? 'never accepted: nothing below has been proved' : `${record.drill}, ${stampBoth(record.endedAt, timeZone)}`,
    ],
    ['It took then', record?.recoveryTime.ms == null ? null : `${sayTime(record.recoveryTime.ms)}, without detecting and deciding`],
    ['Its data were', record?.recoveryPointAge.ms == null ? null : `${sayAge(record.recoveryPointAge.ms)} old`],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

/** What these pages do not bring back, and whom to ask for it. */
function needsText({ plan, client }: HandSource): string | null {
  const needs = (plan.system.needs ?? []).map(need => {
    if ('plan' in need) return `${need.plan}${need.component === null ? '' : ` (${need.component})`}, which has a runbook of its own`;
    const contact = client?.contacts[need.contact ?? ''];
    return contact === undefined ? need.outside : `${need.outside} (ask ${contact.name})`;
  });
  return needs.length === 0 ? null : needs.join('; ');
}

function notTested({ plan, record }: HandSource): readonly string[] {
  if (record === undefined) return ['All of it: no drill of this plan has been accepted yet.'];
  const changed = record.planDigest === plan.digest ? [] : ['The plan was changed since the last accepted drill.'];
  return [
    ...changed,
    'These commands were written from the plan. A drill proves the backup and its restore, not what a person types.',
    ...record.limitations,
  ];
}
