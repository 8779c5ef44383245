import { askAll, numberIn, textIn, type Reader } from '../asker.ts';
import type { InventoryFacts } from './facts.ts';
import type { Kind } from './kinds.ts';
import { NotCounted } from './not-counted.ts';

/** Token of a text that must not be kept: the same text gives the same token. */
export type Token = (text: string) => string;
export type Settings = Readonly<Record<string, string>>;

export interface Gathering {
  readonly asker: Reader;
  readonly token: Token;
  /** One question per kind, with the columns `name`, `parent` and `definition`. */
  readonly questions: Readonly<Partial<Record<Kind, string>>>;
  readonly settings?: Settings;
}

/** Everything that there is by name, with what takes it along when it goes; a definition is kept as a token only. */
export async function gatherObjects({ asker, token, questions, settings = {} }: Gathering): Promise<InventoryFacts['objects']> {
  const objects: Partial<Record<Kind, Record<string, [string, string | null]>>> = {};
  for (const [kind, text] of Object.entries(questions) as [Kind, string][]) {
    const things: Record<string, [string, string | null]> = {};
    for (const row of await asker.rows(text, { settings }))
      things[textIn(row, 'name')] = [token(textIn(row, 'definition')), row['parent'] === null ? null : textIn(row, 'parent')];
    objects[kind] = things;
  }
  return objects;
}

/** A table by the name under which it is kept, and as the engine's SQL takes it. */
export interface Countable {
  readonly object: string;
  readonly from: string;
}

/** Exact counts, from the tables themselves: what an engine keeps as their number of rows may be an estimate. */
export async function countEach(asker: Reader, tables: readonly Countable[], settings: Settings = {}): Promise<Record<string, number>> {
  const { answered, refused } = await askAll(tables, 50, batch => {
    const each = batch.map(({ from }, i) => `select ${i} as i, count(*) as n from ${from}`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`, { settings });
  });
  const [first] = refused;
  if (first !== undefined) throw new NotCounted(first[0].object, first[1].observed);
  return Object.fromEntries(answered.map(([{ object }, row]) => [object, numberIn(row, 'n') ?? 0]));
}
