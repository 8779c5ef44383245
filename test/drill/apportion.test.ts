import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion, expectedBytes } from '../../src/drill/apportion.ts';
import type { ComponentRun, DrillRun } from '../../src/drill/run.ts';

const GIB = 2 ** 30;
interface Given {
  readonly bytes: number;
  readonly memoryBytes?: number | null;
  readonly diskBytes?: number | null;
}

/** What `apportion` reads of a drill: its limits, and of each component its point, its tool's space factor (1) and its own limits. */
function shares(
  whole: { memoryBytes: number; diskBytes: number },
  given: readonly Given[],
): readonly { memoryBytes: number; diskBytes: number }[] {
  const components = given.map(({ bytes, memoryBytes = null, diskBytes = null }, at) => ({
    component: {
      name: `c${String(at)}`,
      backup: null,
      limits: memoryBytes === null && diskBytes === null ? null : { memoryBytes, diskBytes },
    },
    point: { bytes },
    tool: { traits: { spaceFactor: 1 } },
  }));
  const run = { limits: { ...whole, processes: 512, cpus: 2, timeMs: 1 }, components } as unknown as DrillRun;
  return [...apportion(run).values()];
}

test('a single component has all of it', () => {
  expect(shares({ memoryBytes: 4 * GIB, diskBytes: 10 * GIB }, [{ bytes: 1000 }])).toEqual([
    expect.objectContaining({ memoryBytes: 4 * GIB, diskBytes: 10 * GIB }),
  ]);
});

test('components share the memory equally, and of the disk each gets what it is expected to need before the rest is shared', () => {
  const [large, small] = shares({ memoryBytes: 4 * GIB, diskBytes: 10 * GIB }, [{ bytes: 3 * GIB }, { bytes: GIB }]);

  expect(large).toMatchObject({ memoryBytes: 2 * GIB, diskBytes: 7 * GIB });
  expect(small).toMatchObject({ memoryBytes: 2 * GIB, diskBytes: 3 * GIB });
});

test('what a plan gives to one component is taken from the whole first', () => {
  const [own, other] = shares({ memoryBytes: 8 * GIB, diskBytes: 10 * GIB }, [
    { bytes: 0, memoryBytes: 6 * GIB, diskBytes: 8 * GIB },
    { bytes: 0 },
  ]);

  expect(own).toMatchObject({ memoryBytes: 6 * GIB, diskBytes: 8 * GIB });
  expect(other).toMatchObject({ memoryBytes: 2 * GIB, diskBytes: 2 * GIB });
});

test('components that do not fit together get less than they need, so that the first of them refuses before a byte is written', () => {
  const [one] = shares({ memoryBytes: GIB, diskBytes: 3 * GIB }, [{ bytes: GIB }, { bytes: GIB }]);

  expect(one?.diskBytes).toBeLessThan(2 * GIB);
});

test('a component of which moments are proved holds its restored files twice', () => {
  const one = {
    component: { name: 'database', needs: [], runbook: null, backup: null },
    point: { bytes: GIB, consistentAt: '2026-11-27T14:37:12.000Z', momentsFrom: '2026-11-27T01:00:00.000Z' },
    tool: { traits: { spaceFactor: 2 } },
  } as unknown as ComponentRun;
  const run = (sweep: unknown): DrillRun => ({ request: { trigger: 'schedule', plan: { schedule: { drill: { sweep } } } } }) as DrillRun;

  expect(expectedBytes(run({ points: 7, everyMs: null }), one)).toBe(5 * GIB);
  expect(expectedBytes(run(null), one)).toBe(3 * GIB);
});

test('together they never have more disk than the drill', () => {
  const given = fc.array(fc.record({ bytes: fc.nat(10 * GIB) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(given, fc.integer({ min: 1, max: 40 * GIB }), (all, diskBytes) => {
      const sum = shares({ memoryBytes: 8 * GIB, diskBytes }, all).reduce((total, one) => total + one.diskBytes, 0);
      expect(sum).toBeLessThanOrEqual(diskBytes);
    }),
  );
});
