/** How a search for the newest good one of a list ended. Indexes into the list, newest first. */
export interface Searched {
  /** The newest that is good; undefined if none was found. */
  readonly found: number | undefined;
  /** False if one of them could not be told, or the search was stopped. */
  readonly certain: boolean;
}

export type Tried = 'good' | 'bad' | 'unknown';

/**
 * The newest good one of `count`, of which the first is bad: doubling steps back until one is good, then halving between it and the oldest
 * bad one. What is just before the newest is tried first, since most backups go bad late. Taken for granted is that with one all older ones
 * are good: proved are only the one that was found, and that its next newer one is bad.
 */
export async function searchNewestGood(count: number, tryOne: (index: number) => Promise<Tried>): Promise<Searched> {
  let bad = 0;
  let good = count;
  while (good - bad > 1) {
    const next = good === count ? Math.min(2 * bad + 1, count - 1) : Math.floor((bad + good) / 2);
    const tried = await tryOne(next);
    if (tried === 'unknown') return { found: good === count ? undefined : good, certain: false };
    if (tried === 'good') good = next;
    else bad = next;
  }
  return { found: good === count ? undefined : good, certain: true };
}
