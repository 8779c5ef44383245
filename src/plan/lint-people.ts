import { isReachable, type Client } from './client.ts';
import type { Linted } from './linted.ts';
import { didYouMean } from './nearest.ts';
import type { Plan } from './plan.ts';
import { refuse, warn, type Remark } from './remark.ts';

const SIX_YEARS_MS = 2192 * 86_400_000;

/** Who is told and who promised: without people nobody hears of a failed drill. A tier-1 system without them is refused. */
export function lintPeople({ plan, client }: Linted): readonly Remark[] {
  const mend = plan.system.tier === 1 ? refuse : warn;
  const tier = ['system', 'tier'];
  const remarks: Remark[] = [];
  if (client !== undefined && client.client !== plan.client) {
    remarks.push(refuse(['client'], `expected "${client.client}" as in client.yaml beside the plan, found "${plan.client}"`));
  }
  if (!ladderReaches(client)) {
    remarks.push(mend(tier, 'no contact can be reached: nobody hears of a failed drill', LADDER_HINT));
  }
  if (plan.system.tier === 1 && client?.mayDeclareClinical.length === 0) {
    remarks.push(
      refuse(tier, 'nobody may declare that clinical work has stopped', 'Name contacts under mayDeclareClinical in client.yaml.'),
    );
  }
  if (plan.system.tier === 1 && plan.contract.source === 'default') {
    remarks.push(
      refuse(
        tier,
        'no contract: expected rto and rpo in the plan or in client.yaml',
        'Write contract: { rto: 4h, rpo: 1h } if that was promised.',
      ),
    );
  }
  if (plan.system.phi && plan.evidence.keepMs < SIX_YEARS_MS) {
    remarks.push(
      refuse(
        ['evidence', 'keep'],
        'expected at least 6y while the system holds protected health information',
        'Write keep: 6y (45 CFR 164.316(b)(2)(i)).',
      ),
    );
  }
  return [...remarks, ...lintOwner(plan.system.owner, client), ...lintOutside(plan, client)];
}

/** The rules of client.yaml itself: names that must exist, tiers that must reach somebody, agreements that run out. */
export function lintClient(client: Client): readonly Remark[] {
  const ladders = [['ladder', client.ladder] as const, ['securityLadder', client.securityLadder] as const];
  const named = [
    ...ladders.flatMap(([ladder, tiers]) => Object.entries(tiers ?? {}).map(([tier, names]) => ({ path: [ladder, tier], names }))),
    { path: ['mayDeclareClinical'], names: client.mayDeclareClinical },
    { path: ['reporting', 'recipients'], names: client.reporting.recipients },
  ];
  const vendors = client.vendors.flatMap(({ contact }, at) =>
    contact === undefined || contact in client.contacts ? [] : [unknownContact(['vendors', at, 'contact'], contact, client)],
  );
  return [...named.flatMap(list => lintNames(list, client)), ...vendors, ...lintContacts(client)];
}

function lintNames(list: { readonly path: readonly string[]; readonly names: readonly string[] }, client: Client): readonly Remark[] {
  const unknown = list.names.flatMap((name, at) => (name in client.contacts ? [] : [unknownContact([...list.path, at], name, client)]));
  const known = list.names.filter(name => name in client.contacts);
  if (known.length === 0 || known.some(name => isReachable(client, name))) return unknown;
  return [...unknown, refuse(list.path, 'none of these contacts can be reached', 'Give one of them an email, a phone or a channel.')];
}

function lintContacts(client: Client): readonly Remark[] {
  return Object.entries(client.contacts).flatMap(([id, contact]) => {
    const calendar = contact.calendar === undefined || contact.calendar in client.calendars ? [] : [contact.calendar];
    return [
      ...calendar.map(name => refuse(['contacts', id, 'calendar'], `unknown calendar "${name}"`, 'Add it under calendars.')),
      ...contact.channels.flatMap((name, at) =>
        name in client.channels ? [] : [refuse(['contacts', id, 'channels', at], `unknown channel "${name}"`, 'Add it under channels.')],
      ),
    ];
  });
}

function lintOwner(owner: string | null, client: Client | undefined): readonly Remark[] {
  if (owner === null || (client !== undefined && owner in client.contacts)) return [];
  if (client !== undefined) return [unknownContact(['system', 'owner'], owner, client)];
  return [
    warn(['system', 'owner'], `"${owner}" is not known: there is no client.yaml beside the plan`, 'Write client.yaml with this contact.'),
  ];
}

/** Who is called about what comes from outside. */
function lintOutside({ system }: Plan, client: Client | undefined): readonly Remark[] {
  if (client === undefined) return [];
  return (system.needs ?? []).flatMap((need, at) =>
    'plan' in need || need.contact === undefined || need.contact in client.contacts
      ? []
      : [unknownContact(['system', 'needs', at, 'contact'], need.contact, client)],
  );
}

function unknownContact(path: readonly PropertyKey[], name: string, client: Client): Remark {
  return refuse(path, `unknown contact "${name}"${didYouMean(name, Object.keys(client.contacts))}`, 'Name a contact of client.yaml.');
}

function ladderReaches(client: Client | undefined): boolean {
  return client !== undefined && Object.values(client.ladder).some(names => names.some(name => isReachable(client, name)));
}

const LADDER_HINT = 'Write client.yaml beside the plan, with contacts and ladder: { L1: [a contact] }.';
