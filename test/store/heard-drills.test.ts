import { describe, expect, test } from 'vitest';
import { HeardDrills, SILENT_MS } from '../../src/store/heard-drills.ts';

/** Looks every fifteen seconds, for so long; says when the drill was lost. */
function looks(
  heard: HeardDrills,
  clock: { ms: number },
  { beats, times }: { beats: (time: number) => number | undefined; times: number },
): number[] {
  const lost: number[] = [];
  for (let time = 0; time < times; time += 1) {
    if (heard.isSilent('lakeside/d-1', beats(time))) lost.push(clock.ms);
    clock.ms += 15_000;
  }
  return lost;
}

describe('a drill of another machine', () => {
  test('is not lost while its machine is heard, however long it takes', () => {
    const clock = { ms: 0 };

    expect(looks(new HeardDrills(() => clock.ms), clock, { beats: time => time, times: 1000 })).toEqual([]);
  });

  test('is lost once it was silent for long enough', () => {
    const clock = { ms: 0 };

    expect(looks(new HeardDrills(() => clock.ms), clock, { beats: () => 7, times: 8 })[0]).toBe(SILENT_MS);
  });

  test('that was never heard of is given the same time', () => {
    const clock = { ms: 0 };

    expect(looks(new HeardDrills(() => clock.ms), clock, { beats: () => undefined, times: 8 })[0]).toBe(SILENT_MS);
  });

  test('is not lost because we were away: an hour without PostgreSQL counts for nobody', () => {
    const clock = { ms: 0 };
    const heard = new HeardDrills(() => clock.ms);
    looks(heard, clock, { beats: () => 7, times: 3 });
    clock.ms += 3_600_000;

    expect(looks(heard, clock, { beats: () => 7, times: 6 })).toEqual([]);
  });
});
