import { remainingTimes } from '../measurement/critical-path.ts';

/** One part of a larger work. */
export interface Piece {
  readonly name: string;
  /** Names of pieces that must have ended before it. What is no piece here is taken as ended. */
  readonly needs: readonly string[];
  /** How long it is expected to take, in any unit, the same everywhere. */
  readonly weight: number;
}

/**
 * Does each piece once those that it needs have ended, at most `parallel` at a time. Whenever a slot is free, the ready piece with the
 * longest way to the end begins, ties by name (measurement.md, section 5). A piece that rejects lets those that run come to their end,
 * begins no other one, and is rejected with. Throws RangeError if the needs have a cycle.
 */
export async function inTurn(pieces: readonly Piece[], parallel: number, work: (name: string) => Promise<void>): Promise<void> {
  const waiting = new Map(pieces.map(piece => [piece.name, piece]));
  const names = new Set(waiting.keys());
  const needed = (piece: Piece): readonly string[] => piece.needs.filter(need => names.has(need));
  const remaining = remainingTimes(Object.fromEntries(pieces.map(piece => [piece.name, { duration: piece.weight, needs: needed(piece) }])));
  const ended = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const broken: unknown[] = [];

  const begin = (name: string): void => {
    waiting.delete(name);
    const done = work(name).then(
      () => void ended.add(name),
      (error: unknown) => void broken.push(error),
    );
    running.set(
      name,
      done.then(() => void running.delete(name)),
    );
  };
  while (waiting.size > 0 || running.size > 0) {
    const ready = [...waiting.values()].filter(piece => needed(piece).every(need => ended.has(need)));
    const sorted = ready.sort((a, b) => (remaining[b.name] ?? 0) - (remaining[a.name] ?? 0) || (a.name < b.name ? -1 : 1));
    if (broken.length === 0) for (const { name } of sorted.slice(0, Math.max(1, parallel) - running.size)) begin(name);
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (broken.length > 0) throw broken[0];
}
