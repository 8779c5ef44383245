const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
// Ratios come from divisions: without it 0.3 × 1000 would be rounded past 300.
const DUST = 1e-9;

/** `1 h 12 min 41 s`: a time, rounded up to the second (measurement.md, section 11). */
export function sayTime(ms: number): string {
  return parts(Math.ceil(ms / SECOND_MS) * SECOND_MS) || '0 s';
}

/** `1 h 11 min`: an age, rounded up to the minute. */
export function sayAge(ms: number): string {
  return parts(Math.ceil(ms / MINUTE_MS) * MINUTE_MS) || '0 min';
}

/** `57.2 %`: headroom, rounded down to 0.1 percentage points. */
export function sayHeadroom(headroom: number): string {
  return percent(Math.floor(headroom * 1_000 + DUST));
}

/** `5.6 %`: an upper bound, rounded up to 0.1 %. */
export function sayBound(bound: number): string {
  return percent(Math.ceil(bound * 1_000 - DUST));
}

function percent(perMille: number): string {
  const sign = perMille < 0 ? '−' : '';
  return `${sign}${(Math.abs(perMille) / 10).toFixed(1)} %`;
}

/** Hours are not turned into days below two days: objectives are said in hours. */
function parts(ms: number): string {
  const days = ms >= 48 * 60 * MINUTE_MS ? Math.floor(ms / (24 * 60 * MINUTE_MS)) : 0;
  let rest = ms - days * 24 * 60 * MINUTE_MS;
  const said = days > 0 ? [`${days} d`] : [];
  for (const [unit, size] of [
    ['h', 60 * MINUTE_MS],
    ['min', MINUTE_MS],
    ['s', SECOND_MS],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) said.push(`${count} ${unit}`);
  }
  return said.join(' ');
}
