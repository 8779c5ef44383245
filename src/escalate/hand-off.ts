import type { Content, MessageKind, Tier } from '../escalation/channel.ts';
import { contentOf } from '../escalation/content.ts';
import { handOffAt, handOffTimes, type HandOff } from '../escalation/hand-off.ts';
import type { Matter } from '../escalation/matter.ts';
import { bothTimes } from '../escalation/wording.ts';
import type { Client } from '../plan/client.ts';
import { putDelivery } from '../store/state/deliveries.ts';
import { goneChannels } from '../store/state/gone-channels.ts';
import { lockMatters, openMatters } from '../store/state/matters.ts';
import type { Tx } from '../store/state/state.ts';
import { channelsOf, NO_CHANNEL } from './reach.ts';
import { rulesOf, type EscalateTools } from './tools.ts';

/** A hand-off that nobody was there to see is still made so late, and no later: by then it is the next shift's middle. */
const LOOK_BACK_MS = 2 * 3_600_000;

/**
 * Hands over what is open at every hand-off time of the client that has come (escalation.md, section 5): one message to each contact that
 * goes and comes, and to L2 if half an hour later none of those who came has answered. Messages are named after the moment, so that each
 * is put once, whoever looks and how often.
 */
export async function handOver(client: Client, tools: EscalateTools): Promise<void> {
  const now = tools.now();
  const times = handOffTimes(client, new Date(Date.parse(now) - LOOK_BACK_MS).toISOString(), new Date(Date.parse(now) + 1).toISOString());
  if (times.length === 0) return;
  await tools.state.of(client.client, async tx => {
    await lockMatters(tx, client.client);
    const open = await openMatters(tx);
    const writing: Writing = { tx, client, tools, now, gone: await goneChannels(tx, client) };
    for (const at of times) await handOverAt(at, open, writing);
  });
}

interface Writing {
  readonly tx: Tx;
  readonly client: Client;
  readonly tools: EscalateTools;
  readonly now: string;
  readonly gone: ReadonlySet<string>;
}

async function handOverAt(at: string, open: readonly Matter[], writing: Writing): Promise<void> {
  const { client, now, tx } = writing;
  const matters = open.filter(matter => matter.openedAt <= at);
  const handOff = handOffAt(client, at, matters);
  const worst = matters.find(matter => handOff?.matters.some(({ id }) => id === matter.id));
  if (handOff === undefined || worst === undefined) return;
  const about = { at, worst, handOff };
  for (const contact of [...handOff.leaving, ...handOff.coming]) {
    await put(writing, about, { contact, kind: 'hand-off', tier: 'L1', summary: listOf(handOff, client) });
  }
  if (now < handOff.acknowledgeBy || handOff.coming.length === 0 || handOff.coming.some(name => hasAnswered(name, at, matters))) return;
  if (!(await wasHandedOver(tx, at))) return;
  const summary = `Nobody who came on duty at ${bothTimes(at, client.timezone)} has answered. ${listOf(handOff, client)}`;
  for (const contact of handOff.otherwise) await put(writing, about, { contact, kind: 'changed', tier: 'L2', summary });
}

interface About {
  readonly at: string;
  readonly worst: Matter;
  readonly handOff: HandOff;
}

interface Told {
  readonly contact: string;
  readonly kind: MessageKind;
  readonly tier: Tier;
  readonly summary: string;
}

async function put({ tx, client, tools, now, gone }: Writing, { at, worst }: About, { contact, kind, tier, summary }: Told): Promise<void> {
  const all = channelsOf(client, contact);
  const rules = rulesOf(tools.fleet, worst);
  const none = { verdict: null, recoveryTimeMs: null, recoveryPointAgeMs: null, url: null };
  const content: Content = { ...contentOf(worst, rules, { tier, ...none }), summary };
  await putDelivery(tx, {
    ...{ client: client.client, id: `${prefixOf(at)}.${kind}.${contact}`, escalation: worst.id, tier, contact },
    ...{ channel: all.find(name => !gone.has(name)) ?? all[0] ?? NO_CHANNEL, dueAt: now, madeAt: now },
    message: { kind, content, inReplyTo: null },
  });
}

/** `hand-off-20261108T130000Z` */
function prefixOf(at: string): string {
  return `hand-off-${at.replaceAll(/[-:]|\.\d+/g, '')}`;
}

async function wasHandedOver(tx: Tx, at: string): Promise<boolean> {
  return (await tx.query('select 1 as one from delivery where starts_with(id, $1) limit 1', [`${prefixOf(at)}.hand-off.`])).length === 1;
}

function hasAnswered(name: string, at: string, matters: readonly Matter[]): boolean {
  return matters.some(({ acknowledgedBy, acknowledgedAt }) => acknowledgedBy === name && acknowledgedAt !== null && acknowledgedAt >= at);
}

/** Each matter with its state, its times and the last word on it (escalation.md, section 5). */
function listOf({ matters }: HandOff, { timezone }: Client): string {
  const time = (at: string | null): string => (at === null ? 'no time' : bothTimes(at, timezone));
  const lines = matters.map(
    ({ id, severity, state, respondBy, resolveBy, lastNoteAt }) =>
      `${severity} ${id} is ${state}, to be answered by ${time(respondBy)}, put right by ${time(resolveBy)}, last note ${lastNoteAt === null ? 'none' : time(lastNoteAt)}`,
  );
  return `Handed over: ${matters.length} open. ${lines.join('; ')}`;
}
