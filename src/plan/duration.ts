const SHORT = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/;
const ISO = /^P(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;
const KEEP = /^(\d{1,3})y$/;
const DAY_MS = 86_400_000;
/** A hundred years: nobody promises longer, and every sum of such stays a safe integer. */
const LONGEST_MS = 36_600 * DAY_MS;

/** Parts of a duration, longest first: letters of a plan, and words of a sentence. */
const PARTS = [
  { ms: DAY_MS, letter: 'd', word: 'd' },
  { ms: 3_600_000, letter: 'h', word: 'h' },
  { ms: 60_000, letter: 'm', word: 'min' },
  { ms: 1_000, letter: 's', word: 's' },
] as const;

/**
 * Milliseconds in `4h`, `1h30m`, `PT4H` (dependencies.md, trap 6). Months, years, fractions, signs, spaces, zero and empty text give
 * undefined.
 */
export function parseDuration(text: string): number | undefined {
  const found = SHORT.exec(text) ?? ISO.exec(text);
  if (found === null) return undefined;
  const [d = 0, h = 0, m = 0, s = 0] = Array.from(found, part => Number(part || 0)).slice(1);
  const ms = (((d * 24 + h) * 60 + m) * 60 + s) * 1_000;
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** `1h30m` for 5,400,000 ms; parts below a second are left out. */
export function formatDuration(ms: number): string {
  return split(ms)
    .map(part => `${part.count}${part.letter}`)
    .join('');
}

/** `1 h 30 min`, as messages and reports say it (measurement.md, section 11). */
export function sayDuration(ms: number): string {
  const said = split(ms).map(part => `${part.count} ${part.word}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}

/** Milliseconds of a time of keeping, `6y` or any duration. A year counts 366 days, so that no leap year makes it shorter. */
export function parseKeep(text: string): number | undefined {
  const years = KEEP.exec(text)?.[1];
  if (years === undefined) return parseDuration(text);
  return Number(years) > 0 ? Number(years) * 366 * DAY_MS : undefined;
}

function split(ms: number): readonly { readonly count: number; readonly letter: string; readonly word: string }[] {
  let rest = ms;
  return PARTS.flatMap(part => {
    const count = Math.floor(rest / part.ms);
    rest -= count * part.ms;
    return count === 0 ? [] : [{ count, letter: part.letter, word: part.word }];
  });
}
