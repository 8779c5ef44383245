/** A component's own time: fetch + restore + start + runbook steps; in any unit, the same everywhere. */
export interface PathComponent {
  readonly duration: number;
  readonly needs: readonly string[];
}

export interface PathTerms {
  /** select + provision: before any component begins. */
  readonly base: number;
  readonly workflows: number;
  /** How many components are restored side by side; `null`: any number. */
  readonly parallel: number | null;
}

export interface CriticalPath {
  readonly finish: Readonly<Record<string, number>>;
  readonly total: number;
  /** How much later each component could end without delaying the whole; only without a limit on parallel restores. */
  readonly slack: Readonly<Record<string, number>> | null;
  /** Components with slack 0, in the order of their finish; empty with a limit. */
  readonly critical: readonly string[];
}

/** When each component and the whole system would be back (measurement.md, section 5). Throws RangeError if the needs have a cycle or name nothing. */
export function criticalPath(components: Readonly<Record<string, PathComponent>>, terms: PathTerms): CriticalPath {
  const remaining = remainingTimes(components);
  const finish =
    terms.parallel === null ? unlimited(components, terms.base) : limited(components, remaining, { ...terms, parallel: terms.parallel });
  const total = Math.max(terms.base, ...Object.values(finish)) + terms.workflows;
  if (terms.parallel !== null) return { finish, total, slack: null, critical: [] };
  const slack = Object.fromEntries(
    Object.entries(components).map(([name, one]) => {
      const start = (finish[name] ?? 0) - one.duration;
      return [name, total - terms.workflows - (start + (remaining[name] ?? 0))];
    }),
  );
  const critical = Object.keys(finish).filter(name => slack[name] === 0);
  return { finish, total, slack, critical: critical.sort((a, b) => (finish[a] ?? 0) - (finish[b] ?? 0) || (a < b ? -1 : 1)) };
}

function unlimited(components: Readonly<Record<string, PathComponent>>, base: number): Record<string, number> {
  return overNeeds(components, (one, finishOf) => Math.max(base, ...one.needs.map(finishOf)) + one.duration);
}

/** Longest way from the beginning of each component to the end of the last one that waits for it. */
export function remainingTimes(components: Readonly<Record<string, PathComponent>>): Record<string, number> {
  const entries = Object.entries(components);
  const reversed = Object.fromEntries(
    entries.map(([name, one]) => [
      name,
      { duration: one.duration, needs: entries.filter(([, other]) => other.needs.includes(name)).map(([n]) => n) },
    ]),
  );
  for (const [name, one] of entries) {
    if (one.needs.some(need => components[need] === undefined)) throw new RangeError(`${name} needs a component that does not exist`);
  }
  return overNeeds(reversed, (one, remainingOf) => one.duration + Math.max(0, ...one.needs.map(remainingOf)));
}

function overNeeds(
  components: Readonly<Record<string, PathComponent>>,
  value: (one: PathComponent, of: (name: string) => number) => number,
): Record<string, number> {
  const known: Record<string, number> = {};
  const open = new Set<string>();
  const of = (name: string): number => {
    const already = known[name];
    if (already !== undefined) return already;
    const one = components[name];
    if (one === undefined) throw new RangeError(`there is no component ${name}`);
    if (open.has(name)) throw new RangeError(`the needs of ${name} form a cycle`);
    open.add(name);
    const found = value(one, of);
    open.delete(name);
    known[name] = found;
    return found;
  };
  for (const name of Object.keys(components)) of(name);
  return known;
}

/** Whenever a slot is free, the ready component with the largest remaining time starts; ties by name. */
function limited(
  components: Readonly<Record<string, PathComponent>>,
  remaining: Readonly<Record<string, number>>,
  terms: { readonly base: number; readonly parallel: number },
): Record<string, number> {
  if (!Number.isInteger(terms.parallel) || terms.parallel < 1) throw new RangeError('at least one component must be restored at a time');
  const finish: Record<string, number> = {};
  const waiting = new Set(Object.keys(components));
  const running = new Map<string, number>();
  let now = terms.base;
  while (waiting.size > 0 || running.size > 0) {
    for (const [name, end] of running) if (end <= now) running.delete(name);
    const ready = [...waiting].filter(name => components[name]?.needs.every(need => (finish[need] ?? Infinity) <= now));
    ready.sort((a, b) => (remaining[b] ?? 0) - (remaining[a] ?? 0) || (a < b ? -1 : 1));
    for (const name of ready.slice(0, terms.parallel - running.size)) {
      const end = now + (components[name]?.duration ?? 0);
      waiting.delete(name);
      running.set(name, end);
      finish[name] = end;
    }
    if (running.size === 0 && waiting.size === 0) break;
    now = Math.min(...running.values());
  }
  return finish;
}
