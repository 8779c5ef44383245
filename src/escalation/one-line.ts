/** Controls, separators of lines, and marks that turn the direction of writing: with them a name could end a header or read backwards. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]+/gu;

/** Half of a character, which cannot be sent. */
const BROKEN = /\p{Cs}/gu;

/** Text from a plan or a backup as one line that holds nothing but what it shows. */
export function oneLine(text: string): string {
  return text.replaceAll(BROKEN, '\uFFFD').replaceAll(UNPRINTABLE, ' ').replaceAll(/ {2,}/g, ' ').trim();
}

/** At most `most` UTF-16 units, with an ellipsis where something is missing; never half a character. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text
    .slice(0, Math.max(0, most - 1))
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}

/** A view with every text in it passed through `change`. */
export function withTexts<T>(view: T, change: (text: string) => string): T {
  if (typeof view === 'string') return change(view) as T;
  if (Array.isArray(view)) return view.map((each: unknown) => withTexts(each, change)) as T;
  if (typeof view !== 'object' || view === null) return view;
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, withTexts<unknown>(value, change)])) as T;
}
