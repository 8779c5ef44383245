import type { MessageKind, Tier } from '../escalation/channel.ts';
import { contentOf, type ContentFacts } from '../escalation/content.ts';
import type { Effect, Matter, Rules } from '../escalation/matter.ts';
import type { DrillRecord } from '../evidence/record.ts';
import { readRecord } from '../store/drills.ts';
import { deliveriesOf, dropOlderUpdates, putDelivery, type Delivery } from '../store/state/deliveries.ts';
import { goneChannels } from '../store/state/gone-channels.ts';
import type { Tx } from '../store/state/state.ts';
import { channelsOf, NO_CHANNEL } from './reach.ts';
import type { EscalateTools } from './tools.ts';

/** Digests of one morning wait for one another: matters are looked at one by one, and not only by this process. */
const GATHER_MS = 30_000;

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
  const sent = await deliveriesOf(tx, telling.matter.id);
  const gone = await goneChannels(tx, telling.rules.client);
  const writing = new Writing(tx, telling, { drill, now: tools.now(), sent, gone });
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

/** People are told without figures rather than not at all: a ledger that cannot be read must not keep a matter from climbing. */
async function drillFacts(matter: Matter, tools: EscalateTools): Promise<DrillFacts> {
  const record = matter.drill === null ? undefined : await recordOf(matter.client, matter.drill, tools);
  return {
    verdict: record?.verdict ?? null,
    recoveryTimeMs: record?.recoveryTime.ms ?? null,
    recoveryPointAgeMs: record?.recoveryPointAge.ms ?? null,
  };
}

async function recordOf(client: string, drill: string, tools: EscalateTools): Promise<DrillRecord | undefined> {
  try {
    return await readRecord(await tools.ledger(client), drill);
  } catch (error) {
    tools.explain(`${client}: the record of drill ${drill}: ${error instanceof Error ? error.message : 'unknown cause'}`);
    return undefined;
  }
}

interface Known {
  readonly drill: DrillFacts;
  readonly now: string;
  readonly sent: readonly Delivery[];
  readonly gone: ReadonlySet<string>;
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
  readonly #known: Known;
  #count: number;

  constructor(tx: Tx, telling: Telling, known: Known) {
    this.#tx = tx;
    this.#telling = telling;
    this.#known = known;
    this.#count = known.sent.length;
  }

  put({ tier, contact, message }: Notice): Promise<void> {
    const all = channelsOf(this.#telling.rules.client, contact);
    const channel = all.find(name => !this.#known.gone.has(name)) ?? all[0] ?? NO_CHANNEL;
    return this.#put({ tier, contact, message, channel });
  }

  putOutside({ tier, contact, channel }: Delivery): Promise<void> {
    return this.#put({ tier: tier as Tier, contact, message: 'resolved', channel });
  }

  async #put({ tier, contact, message, channel }: Notice & { readonly channel: string }): Promise<void> {
    const { matter, rules } = this.#telling;
    const { drill, now, sent } = this.#known;
    const content = contentOf(matter, rules, { tier, ...drill, url: null });
    const inReplyTo = sent.find(one => one.contact === contact && one.channel === channel)?.id ?? null;
    if (message === 'changed') await dropOlderUpdates(this.#tx, { escalation: matter.id, contact, channel }, now);
    const dueAt = message === 'digest' ? new Date(Date.parse(now) + GATHER_MS).toISOString() : now;
    await putDelivery(this.#tx, {
      ...{ client: matter.client, id: `${matter.id}.${(this.#count += 1)}`, escalation: matter.id, tier, contact, channel },
      ...{ dueAt, message: { kind: message, content, inReplyTo }, madeAt: now },
    });
  }
}

/** The same message by the contact's next channel, at once. */
export async function putNext(tx: Tx, { client, id, ...rest }: Delivery, now: string): Promise<void> {
  await putDelivery(tx, { ...rest, client, id: `${id}-${rest.channel}`, dueAt: now, madeAt: now });
}
