/** Each circle of names that need one another, once: told at the first of them, which also ends it (`a, b, a`). */
export function circlesOf(needs: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const circles: string[][] = [];
  const walk = (name: string, way: readonly string[]): void => {
    const seen = way.indexOf(name);
    if (seen >= 0) circles.push([...way.slice(seen), name]);
    if (seen >= 0 || done.has(name)) return;
    for (const need of needs.get(name) ?? []) walk(need, [...way, name]);
    done.add(name);
  };
  for (const name of needs.keys()) walk(name, []);
  return circles;
}
