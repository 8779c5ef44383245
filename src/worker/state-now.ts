import { followCursors } from '../store/state/follow.ts';
import { openOf } from '../store/state/matters.ts';
import { clientsWaiting } from '../store/state/outbox.ts';
import type { WorkerRun } from './run.ts';

/** What the state knows of all clients at the beginning of a look: most of them need nothing more of it. */
export interface StateNow {
  /** Up to which entry each ledger was followed. */
  readonly cursors: ReadonlyMap<string, number>;
  /** Clients with entries that wait for their ledger. */
  readonly waiting: ReadonlySet<string>;
  /** Clients of whom it was said that their ledger was altered. */
  readonly altered: ReadonlySet<string>;
}

/** One question for all: of hundreds of clients each would wait for answers of its own. */
export async function askState({ state }: WorkerRun, clients: readonly string[]): Promise<StateNow> {
  return state.all(async tx => ({
    cursors: await followCursors(tx),
    waiting: new Set(await clientsWaiting(tx, clients)),
    altered: new Set((await openOf(tx, 'ledger-altered')).map(({ client }) => client)),
  }));
}
