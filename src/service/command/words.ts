/** What may stand in braces in the plan's words for an application, and is known only when it starts. */
const WORD = /\{(?:([a-z0-9]+(?:-[a-z0-9]+)*)\.)?(files|socket|port|user|database)\}/g;

export type Thing = 'files' | 'socket' | 'port' | 'user' | 'database';

/** Things of the component itself, and of those that it needs. */
export interface Known {
  readonly own: Readonly<Partial<Record<Thing, string>>>;
  readonly needed: ReadonlyMap<string, Readonly<Partial<Record<Thing, string>>>>;
}

/** One of the words in a text: `{files}`, `{database.socket}`. */
export interface Word {
  readonly text: string;
  /** `undefined`: the component itself. */
  readonly of: string | undefined;
  readonly thing: Thing;
}

export function wordsIn(text: string): readonly Word[] {
  return [...text.matchAll(WORD)].map(([whole, of, thing]) => ({ text: whole, of, thing: thing as Thing }));
}

/** The text with what the words stand for; `unknown` makes an error of one for which there is nothing. Other braces stay as they are. */
export function withWords(text: string, known: Known, unknown: (word: Word) => Error): string {
  return text.replaceAll(WORD, (whole: string, of: string | undefined, thing: Thing) => {
    const value = (of === undefined ? known.own : known.needed.get(of))?.[thing];
    if (value === undefined) throw unknown({ text: whole, of, thing });
    return value;
  });
}
