import type { MessageKind, Tier } from '../escalation/channel.ts';
import { contentOf, type ContentFacts } from '../escalation/content.ts';
import type { Effect, Matter, Rules } from '../escalation/matter.ts';
import { readRecord } from '../store/drills.ts';
import { deliveriesOf, putDelivery, type Delivery } from '../store/state/deliveries.ts';
import type { Tx } from '../store/state/state.ts';
import { channelsOf, NO_CHANNEL } from './reach.ts';
import type { EscalateTools } from './tools.ts';

/** What a step of a matter wants people to be told. */
export interface Telling {
  readonly matter: Matter;
  readonly effects: readonly Effect[];
  readonly rules: Rules;
}

/** Puts a message on its way to every contact that the step names. It is sent once what it rests on stands in the ledger. */
export async function putNotices(tx: Tx, telling: Telling, tools: EscalateTools): Promise<void> {
  const { effects } = telling;
  if (!effects.some(effect => effect.kind === 'notify' || effect.kind === 'resolve-outside')) return;
  const telephones = await outsideOf(tx, telling);
  const drill = await drillFacts(telling.matter, tools);
  const writing = new Writing(tx, telling, { drill, now: tools.now(), sent: await deliveriesOf(tx, telling.matter.id) });
  for (const effect of effects) {
    if (effect.kind === 'notify') for (const contact of effect.contacts) await writing.put({ ...effect, contact });
    if (effect.kind === 'resolve-outside') for (const one of telephones) await writing.putOutside(one);
  }
}

/** Where a paging service was told of the matter: it is told that it is over by the same way. */
async function outsideOf(tx: Tx, { matter, rules }: Telling): Promise<readonly Delivery[]> {
  const paged = (await deliveriesOf(tx, matter.id)).filter(
    one => one.state === 'accepted' && rules.client.channels[one.channel]?.kind === 'pagerduty',
  );
  return [...new Map(paged.map(one => [`${one.contact} ${one.channel}`, one])).values()];
}

type DrillFacts = Pick<ContentFacts, 'verdict' | 'recoveryTimeMs' | 'recoveryPointAgeMs'>;

async function drillFacts(matter: Matter, tools: EscalateTools): Promise<DrillFacts> {
  const record = matter.drill === null ? undefined : await readRecord(await tools.ledger(matter.client), matter.drill);
  return {
    verdict: record?.verdict ?? null,
    recoveryTimeMs: record?.recoveryTime.ms ?? null,
    recoveryPointAgeMs: record?.recoveryPointAge.ms ?? null,
  };
}

interface Notice {
  readonly tier: Tier;
  readonly contact: string;
  readonly message: MessageKind;
}

/** Gives each message of a matter its number, and its place in the thread of its contact. */
class Writing {
  readonly #tx: Tx;
  readonly #telling: Telling;
  readonly #known: { readonly drill: DrillFacts; readonly now: string; readonly sent: readonly Delivery[] };
  #count: number;

  constructor(tx: Tx, telling: Telling, known: { readonly drill: DrillFacts; readonly now: string; readonly sent: readonly Delivery[] }) {
    this.#tx = tx;
    this.#telling = telling;
    this.#known = known;
    this.#count = known.sent.length;
  }

  put({ tier, contact, message }: Notice): Promise<void> {
    const [first = NO_CHANNEL] = channelsOf(this.#telling.rules.client, contact);
    return this.#put({ tier, contact, message, channel: first });
  }

  putOutside({ tier, contact, channel }: Delivery): Promise<void> {
    return this.#put({ tier: tier as Tier, contact, message: 'resolved', channel });
  }

  async #put({ tier, contact, message, channel }: Notice & { readonly channel: string }): Promise<void> {
    const { matter, rules } = this.#telling;
    const { drill, now, sent } = this.#known;
    const content = contentOf(matter, rules, { tier, ...drill, url: null });
    const inReplyTo = sent.find(one => one.contact === contact && one.channel === channel)?.id ?? null;
    await putDelivery(this.#tx, {
      ...{ client: matter.client, id: `${matter.id}.${(this.#count += 1)}`, escalation: matter.id, tier, contact, channel },
      ...{ dueAt: now, message: { kind: message, content, inReplyTo }, madeAt: now },
    });
  }
}

/** The same message by the contact's next channel, at once. */
export async function putNext(tx: Tx, { client, id, ...rest }: Delivery, now: string): Promise<void> {
  await putDelivery(tx, { ...rest, client, id: `${id}-${rest.channel}`, dueAt: now, madeAt: now });
}
