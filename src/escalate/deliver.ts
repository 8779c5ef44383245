import type { Sent } from '../escalation/channel.ts';
import { nextAfter, type AfterTry } from '../escalation/tries.ts';
import { exhaustedDeliveries, keepTried, putBack, takeDigests, takeDue, type Delivery, type Tried } from '../store/state/deliveries.ts';
import { goneChannels, keepGone } from '../store/state/gone-channels.ts';
import { clientsWaiting, drainOutbox, putEntries } from '../store/state/outbox.ts';
import type { Tx } from '../store/state/state.ts';
import { spanned } from '../tracing.ts';
import { entriesOf, keptOf, messageOf, type Group } from './message.ts';
import { patiently } from './patience.ts';
import { channelAfter, settingsOf } from './reach.ts';
import { putNext } from './tell.ts';
import { clientNamed, type EscalateTools } from './tools.ts';
import { giveUp } from './undelivered.ts';

/** Longer than a try may take: a message is taken by somebody else only when whoever had it is gone. */
const LEASE_MS = 120_000;
const AT_ONCE = 20;
/** A message that fails leads to the next channel and the next tier at once; beyond so many turns they wait for the next look. */
const MOST_TURNS = 20;

/** For whom to send: clients whose contacts are known here. Nobody else's messages are touched. */
export interface Delivering {
  readonly clients: readonly string[];
  readonly stop: AbortSignal;
}

/**
 * Takes to the ledger what waits for it, sends everything that is due, once each, and goes on with what follows from it. Whatever is wrong
 * with one client's ledger or one message keeps no other from being sent. Gives how many tries were made.
 */
export async function deliverDue(tools: EscalateTools, { clients, stop }: Delivering): Promise<number> {
  let tries = 0;
  for (let turn = 0; turn < MOST_TURNS && !stop.aborted; turn += 1) {
    const exhausted = await exhaustedDeliveries(tools.state, clients);
    for (const one of exhausted) await saying(tools, one.client, () => giveUp(one, tools));
    for (const client of await tools.state.all(tx => clientsWaiting(tx, clients))) {
      await saying(tools, client, async () => drainOutbox(tools.state, await tools.ledger(client)));
    }
    const due = grouped(await takeDue(tools.state, { clients, now: tools.now(), leaseMs: LEASE_MS, most: AT_ONCE }));
    await Promise.all(due.map(group => saying(tools, group.one.client, () => traced(group, tools, stop))));
    tries += due.length;
    if (due.length === 0) break;
  }
  return tries;
}

async function saying(tools: EscalateTools, client: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tools.explain(`messages of ${client}: ${error instanceof Error ? error.message : 'unknown cause'}`);
  }
}

/** Digests for one contact by one channel are one message. A paging service has an incident for each matter. */
function grouped(due: readonly Delivery[]): readonly Group[] {
  const groups = new Map<string, Delivery[]>();
  for (const one of due.toSorted((a, b) => (`${a.madeAt} ${a.id}` < `${b.madeAt} ${b.id}` ? -1 : 1))) {
    const key = keptOf(one).kind === 'digest' ? `${one.client} ${one.contact} ${one.channel}` : one.id;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap(([one, ...others]) => (one === undefined ? [] : [{ one, others }]));
}

function traced(group: Group, tools: EscalateTools, stop: AbortSignal): Promise<void> {
  const about = { 'resurgam.client': group.one.client, 'resurgam.channel': group.one.channel };
  return spanned('resurgam.deliver', about, () => deliver(group, tools, stop));
}

async function deliver(taken: Group, tools: EscalateTools, stop: AbortSignal): Promise<void> {
  const group = await withWaitingDigests(taken, tools);
  const { one } = group;
  const client = clientNamed(tools.fleet, one.client);
  const sent = await trySending(group, tools, stop);
  const now = tools.now();
  await tools.state.of(one.client, async tx => {
    const all = [one, ...group.others];
    // We were ended: nobody failed, and the next process tries as if we had not.
    if (sent.result === 'failed' && stop.aborted) {
      for (const each of all) await putBack(tx, each, now);
      return;
    }
    if (sent.result === 'failed' && sent.disable) await keepGone(tx, client, { channel: one.channel, error: sent.error, at: now });
    const next = channelAfter(client, one, await goneChannels(tx, client));
    const after = nextAfter(sent, { tries: one.attempt, moreChannels: next !== undefined });
    for (const each of all) await keepOutcome(tx, each, { sent, after, next, now, first: each === one });
  });
}

async function withWaitingDigests({ one, others }: Group, tools: EscalateTools): Promise<Group> {
  if (keptOf(one).kind !== 'digest') return { one, others };
  const until = new Date(Date.parse(tools.now()) + LEASE_MS).toISOString();
  return { one, others: [...others, ...(await tools.state.of(one.client, tx => takeDigests(tx, one, until)))] };
}

interface Outcome {
  readonly sent: Sent;
  readonly after: AfterTry;
  readonly next: string | undefined;
  readonly now: string;
  /** Of several matters in one message one speaks for the contact that could not be reached. */
  readonly first: boolean;
}

async function keepOutcome(tx: Tx, one: Delivery, outcome: Outcome): Promise<void> {
  const { sent, after, next, now } = outcome;
  const goesOn = await keepTried(tx, one, triedAs(outcome));
  await putEntries(tx, one.client, entriesOf(one, sent, now));
  if (goesOn && after.next === 'next-channel' && next !== undefined) await putNext(tx, { ...one, channel: next }, now);
}

/** One try. Whatever keeps us from trying is a failed try: the ladder must go on. */
async function trySending(group: Group, tools: EscalateTools, stop: AbortSignal): Promise<Sent> {
  const { one } = group;
  const client = clientNamed(tools.fleet, one.client);
  const setting = client.channels[one.channel];
  const channel = setting === undefined ? undefined : tools.channels.get(setting.kind);
  if (setting === undefined || channel === undefined) return failure('no-channel');
  try {
    if ((await tools.state.of(one.client, tx => goneChannels(tx, client))).has(one.channel)) return failure('channel-gone');
    const message = await messageOf(group, tools);
    const settings = await settingsOf(setting, reference => tools.secret(reference));
    if (stop.aborted) return failure('stopped');
    return await patiently(stop, ends => channel.send(message, settings, ends));
  } catch (error) {
    tools.explain(`${one.client}: channel ${one.channel}: ${error instanceof Error ? error.message : 'could not be used'}`);
    return { ...failure('could-not-send'), again: true };
  }
}

function failure(error: string): Extract<Sent, { result: 'failed' }> {
  return { result: 'failed', error, again: false, retryAfterMs: null, disable: false };
}

function triedAs({ sent, after, now, first }: Outcome): Tried {
  if (sent.result === 'accepted') return { state: 'accepted', dueAt: now, providerId: sent.providerId, error: null, endedAt: now };
  const failed = { providerId: null, error: sent.error };
  if (after.next === 'again') {
    return { ...failed, state: 'waiting', dueAt: new Date(Date.parse(now) + after.afterMs).toISOString(), endedAt: null };
  }
  return { ...failed, state: after.next === 'exhausted' && first ? 'exhausted' : 'failed', dueAt: now, endedAt: now };
}
