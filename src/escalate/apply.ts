import { keyOf, type Effect, type Matter, type Observed, type Refusal } from '../escalation/matter.ts';
import type { Happening } from '../escalation/seen.ts';
import { nextAt, step, type StepEvent } from '../escalation/step.ts';
import { dropWaiting } from '../store/state/deliveries.ts';
import { keepMatter, lastMatter, lockMatters, matterById, newEscalationId, openMatters } from '../store/state/matters.ts';
import { putEntries } from '../store/state/outbox.ts';
import type { Tx } from '../store/state/state.ts';
import { rulesOf, type EscalateTools } from './tools.ts';
import { putNotices } from './tell.ts';

/** What an event came to. */
export interface Applied {
  readonly matter: Matter | undefined;
  /** Why a person was refused. */
  readonly refused: Refusal | undefined;
}

/** A transaction of one client, in which everything that an event leads to comes about together or not at all. */
export interface Within {
  readonly tx: Tx;
  readonly client: string;
  readonly tools: EscalateTools;
}

/** A condition that is true now: opens a matter, or repeats the one that is open. */
export async function observe(within: Within, event: Observed): Promise<Applied> {
  const { tx, client } = within;
  await lockMatters(tx, client);
  const before = await lastMatter(tx, keyOf({ client, system: event.system, condition: event.condition }));
  return keep(within, before, { ...event, id: newEscalationId(event.at) });
}

/** Anything else that happens to the matter of this id. Nothing happens if there is none. */
export async function happen(within: Within, id: string, event: Exclude<StepEvent, { kind: 'observed' }>): Promise<Applied> {
  await lockMatters(within.tx, within.client);
  const before = await matterById(within.tx, id);
  return before === undefined ? { matter: undefined, refused: undefined } : keep(within, before, event);
}

/** Everything that one happening in the world led to. Evidence is shown to every open matter: each knows what it needs. */
export async function applyAll(within: Within, happenings: readonly Happening[]): Promise<void> {
  for (const one of happenings) {
    if (one.kind === 'observed') await observe(within, one);
    else {
      await lockMatters(within.tx, within.client);
      for (const before of await openMatters(within.tx)) await keep(within, before, one);
    }
  }
}

/** The matter, what is to be said in the ledger and what is to be sent. */
async function keep({ tx, client, tools }: Within, before: Matter | undefined, event: StepEvent): Promise<Applied> {
  const plan = before?.plan ?? (event.kind === 'observed' ? event.plan : null);
  const rules = rulesOf(tools.fleet, { client, plan });
  const { matter, effects } = step(before, event, rules);
  if (matter !== undefined) await keepMatter(tx, matter, nextAt(matter, rules));
  await putEntries(tx, client, entriesIn(effects));
  if (matter !== undefined && isOver(matter) && before !== undefined)
    await dropWaiting(tx, matter.id, { error: matter.state, at: event.at });
  if (matter !== undefined) await putNotices(tx, { matter, effects, rules }, tools);
  return { matter, refused: effects.find(effect => effect.kind === 'refused')?.why };
}

/** Nobody is called about it any more, so that what has not reached anybody so far need not. */
function isOver({ state }: Matter): boolean {
  return state === 'resolved' || state === 'accepted';
}

function entriesIn(effects: readonly Effect[]): Parameters<typeof putEntries>[2] {
  return effects.flatMap(effect => (effect.kind === 'entry' ? [effect.entry] : []));
}
