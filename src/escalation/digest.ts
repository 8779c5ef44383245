import type { Content } from './channel.ts';

/** What is of no hurry is told once a day in one message (escalation.md, section 3). Contents of several matters as one; the first is the one it answers for. */
export function digestOf(contents: readonly [Content, ...Content[]]): Content {
  const [first, ...rest] = contents;
  if (rest.length === 0) return first;
  // In the same order every day, whichever of them was noticed first.
  const ordered = contents.toSorted((a, b) => (a.system < b.system ? -1 : a.system > b.system ? 1 : 0));
  const all = (of: (content: Content) => readonly string[]): readonly string[] => [...new Set(ordered.flatMap(of))];
  return {
    ...first,
    system: all(({ system }) => [system]).join(', '),
    condition: all(({ condition }) => [condition]).join(', '),
    summary: `${contents.length} matters: ${all(({ summary }) => [summary]).join('; ')}`,
    codes: all(({ codes }) => codes),
    affects: all(({ affects }) => affects),
    openedAt: contents.map(({ openedAt }) => openedAt).reduce((a, b) => (a < b ? a : b)),
    ...{ respondBy: soonest(contents.map(({ respondBy }) => respondBy)), resolveBy: soonest(contents.map(({ resolveBy }) => resolveBy)) },
    ...{ drill: null, verdict: null, recoveryTimeMs: null, recoveryPointAgeMs: null },
  };
}

function soonest(moments: readonly (string | null)[]): string | null {
  return moments.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
}
