import { median } from './statistics.ts';

/** One measured restore of a part. */
export interface SizedRestore {
  readonly size: number;
  readonly duration: number;
}

/** Time for the full size, estimated from smaller ones. `upper` is a margin, not a confidence interval. */
export interface Estimate {
  readonly fixed: number;
  readonly perSize: number;
  readonly estimate: number;
  readonly upper: number;
}

export type Estimated = { readonly estimated: Estimate } | { readonly refused: string };

/**
 * An estimate for the full size (measurement.md, section 6): Theil–Sen line through at least 3 different sizes, the largest at least twice
 * the smallest, the full size at most 4 times the largest. Everything else is refused, with the reason.
 */
export function estimateFull(samples: readonly SizedRestore[], full: number): Estimated {
  const sizes = [...new Set(samples.map(one => one.size))].sort((a, b) => a - b);
  const smallest = sizes[0] ?? 0;
  const largest = sizes.at(-1) ?? 0;
  if (sizes.length < 3) return { refused: `an estimate needs 3 different sizes, there are ${sizes.length}` };
  if (largest < 2 * smallest) return { refused: 'the largest sample is less than twice the smallest' };
  if (full > 4 * largest) return { refused: 'the full size is more than 4 times the largest sample' };

  const perSize = median(slopes(samples));
  const fixed = median(samples.map(one => one.duration - perSize * one.size));
  const estimate = fixed + perSize * full;
  const residual = Math.max(0, ...samples.map(one => one.duration - (fixed + perSize * one.size)));
  return { estimated: { fixed, perSize, estimate, upper: Math.max(1.25 * estimate, estimate + (residual * full) / largest) } };
}

function slopes(samples: readonly SizedRestore[]): readonly number[] {
  return samples.flatMap((a, index) =>
    samples.slice(index + 1).flatMap(b => (a.size === b.size ? [] : [(b.duration - a.duration) / (b.size - a.size)])),
  );
}
