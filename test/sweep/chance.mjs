// Randomness that can be repeated: the same seed draws the same kills.

/** Mulberry32. Gives numbers from 0 up to, not including, 1. */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (from, to) => from + next() * (to - from),
    pick: all => all[Math.floor(next() * all.length)],
    happens: share => next() < share,
  };
}
