import { setTimeout as wait } from 'node:timers/promises';
import type { Entry, Store } from './store.ts';

const RECENT_MS = 60_000;
const PAUSE_MS = 250;

/** One backup in a store, with its files. */
export interface Stored {
  readonly entries: readonly Entry[];
  readonly modifiedAt: string;
}

/** Files modified within the last minute that change while we look: a job is still writing them under their final name. */
export async function stillGrowing<T extends Stored>(
  store: Store,
  at: { seen: readonly { readonly artefact: T }[]; now: string },
  stop: AbortSignal,
): Promise<ReadonlySet<T>> {
  const recent = at.seen.filter(({ artefact }) => Math.abs(Date.parse(at.now) - Date.parse(artefact.modifiedAt)) < RECENT_MS);
  const growing = new Set<T>();
  if (recent.length === 0) return growing;
  await wait(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
  for (const { artefact } of recent) {
    for (const entry of artefact.entries) {
      const now = await store.again(entry, stop).catch(() => entry);
      if (now?.etag !== entry.etag) growing.add(artefact);
    }
  }
  return growing;
}
