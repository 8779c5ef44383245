import type { Client } from '../../plan/client.ts';
import type { HandSource, HandView } from './view.ts';

const UNKNOWN = 'not written down';

/** In the order in which they are called: the owner of the system, then the ladder, then whoever else is known. */
export function contactsOf({ plan, client }: HandSource): HandView['contacts'] {
  if (client === undefined) return [];
  const { L1, L2, L3, executive } = client.ladder;
  const first = plan.system.owner === null ? [] : [plan.system.owner];
  const order = new Set([...L1, ...first, ...L2, ...L3, ...executive, ...Object.keys(client.contacts)]);
  return [...order].flatMap(id => {
    const contact = client.contacts[id];
    if (contact === undefined) return [];
    const { name, phone = UNKNOWN, email = UNKNOWN } = contact;
    return [{ name, role: rolesOf(id, { plan, client }), phone, email }];
  });
}

function rolesOf(id: string, { plan, client }: { readonly plan: HandSource['plan']; readonly client: Client }): string {
  const tiers = Object.entries(client.ladder).flatMap(([tier, people]) => (people.includes(id) ? [tier] : []));
  const roles = [
    client.contacts[id]?.role,
    ...(plan.system.owner === id ? ['owner of the system'] : []),
    ...tiers,
    ...(client.mayDeclareClinical.includes(id) ? ['may declare that clinical work has stopped'] : []),
  ];
  return roles.filter(role => role !== undefined).join(', ');
}
