const ERROR = 0.05;

/** The middle value; of an even number of them the mean of the two in the middle. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('a median needs values');
  return (lower + upper) / 2;
}

/**
 * With `bad` of `tried` found bad, the share of bad ones is at most this with 95 % confidence: one-sided Clopper–Pearson (measurement.md,
 * section 10), the p with BinomialCDF(bad; tried, p) = 0.05. Exact for any number; 1 when nothing was tried or all were bad.
 */
export function upperBound95(bad: number, tried: number): number {
  if (!Number.isInteger(bad) || !Number.isInteger(tried) || bad < 0 || tried < bad) throw new RangeError('bad must be a part of tried');
  if (bad === tried) return 1;
  if (bad === 0) return -Math.expm1(Math.log(ERROR) / tried);
  let low = bad / tried;
  let high = 1;
  for (let step = 0; step < 200 && high - low > Number.EPSILON; step += 1) {
    const middle = (low + high) / 2;
    if (binomialCdf(bad, tried, middle) > ERROR) low = middle;
    else high = middle;
  }
  return high;
}

/** Probability of at most `k` successes in `n` trials with chance `p`; terms by logarithms, so that large n do not underflow early. */
function binomialCdf(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** The quantile by nearest rank (section 10). Throws RangeError without values or outside of 0 < q ≤ 1. */
export function nearestRank(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = q > 0 && q <= 1 ? sorted[Math.ceil(q * sorted.length - 1e-9) - 1] : undefined;
  if (value === undefined) throw new RangeError('a quantile needs values and a share above 0');
  return value;
}

/** How many values are needed so that the largest of them bounds the quantile `q` with 95 % confidence: 59 for 0.95, 29 for 0.9, 14 for 0.8. */
export function leastCountFor(q: number): number {
  return Math.ceil(Math.log(ERROR) / Math.log(q));
}

/** What may be said of a series of recovery times: minimum, median, maximum and n always, percentiles only with enough values. */
export interface Spread {
  readonly n: number;
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
  readonly percentiles: Readonly<Partial<Record<'p80' | 'p90' | 'p95', number>>>;
}

/** Undefined without values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const percentiles: Partial<Record<'p80' | 'p90' | 'p95', number>> = {};
  for (const [name, q] of [
    ['p80', 0.8],
    ['p90', 0.9],
    ['p95', 0.95],
  ] as const) {
    if (values.length >= leastCountFor(q)) percentiles[name] = nearestRank(values, q);
  }
  return { n: values.length, minimum: Math.min(...values), median: median(values), maximum: Math.max(...values), percentiles };
}
