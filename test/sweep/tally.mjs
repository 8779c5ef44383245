// What was hit: every kill by what its victim was at and by how it was killed, and what must still be hit.

/** Every phase of a drill and of a worker in which a kill must have fallen. */
export const DEMANDED = [
  ...['select', 'begin', 'provision', 'fetch', 'restore', 'start', 'question', 'destroy', 'sign'],
  ...['reap', 'keep-up', 'schedule', 'backup-check', 'follow', 'deliver'],
];
const SAME = { workflows: 'question', probes: 'question' };
const USUAL_MS = 30;

export const phaseOf = name => SAME[name] ?? name;

/** Phases in which a worker is, or was when it died. */
export function phasesOf({ open, spans }) {
  const phases = new Set([...open.values()].map(({ name }) => phaseOf(name)));
  if (phases.size > 1) phases.delete('drill');
  if (phases.size === 0) phases.add(spans === 0 ? 'start-up' : 'between');
  return phases;
}

/** `least`: so often each phase that is demanded. */
export function makeTally(least) {
  const hits = new Map();
  const kinds = new Map();
  const durations = new Map();
  const of = phase => [...(hits.get(phase)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  return {
    hits,
    kinds,
    least,
    of,
    count: (phases, kind) => {
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      for (const phase of phases) {
        const row = hits.get(phase) ?? hits.set(phase, new Map()).get(phase);
        row.set(kind, (row.get(kind) ?? 0) + 1);
      }
    },
    took: (name, ms) => durations.set(phaseOf(name), [...(durations.get(phaseOf(name)) ?? []).slice(-20), ms]),
    /** About how long a phase lasts on this machine now. */
    usual: phase => {
      const sorted = [...(durations.get(phase) ?? [])].sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)] ?? USUAL_MS;
    },
    missing: () => DEMANDED.filter(phase => of(phase) < least),
    /** Those hit least are aimed at; now and then whatever comes. */
    next: random => {
      const isLacking = DEMANDED.some(phase => of(phase) < least);
      if (random.happens(isLacking ? 0.1 : 0.4)) return 'any';
      const fewest = Math.min(...DEMANDED.map(of));
      return random.pick(DEMANDED.filter(phase => of(phase) <= fewest + 1));
    },
  };
}
