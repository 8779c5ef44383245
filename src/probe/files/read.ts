import { z } from 'zod';
import { walk } from '../../system/walk.ts';
import type { TreeToRead } from '../probe.ts';
import { Sketch, type Ranked } from '../sketch.ts';
import { countAttributed } from './attributes.ts';
import { readContent } from './content.ts';
import { readDigestList, type DigestList } from './digest-list.ts';
import type { Said } from './said.ts';
import { Tally } from './tally.ts';

/** So many files are known again by the next drill. */
export const SAMPLED = 1_000;

/** In the jail: counts the tree, reads as many files as it was told to, and compares them with a list of digests. */
export async function readTree(tree: TreeToRead, stop: AbortSignal): Promise<void> {
  const say = (said: Said): Promise<void> => tree.say(said);
  const forbidden = new Set(z.array(z.string()).parse(tree.options['forbidden']));
  const all = tree.options['digests'] === 'all' || forbidden.size > 0;
  const sample = typeof tree.options['digests'] === 'number' ? tree.options['digests'] : SAMPLED;
  const named = typeof tree.options['list'] === 'string' ? tree.options['list'] : undefined;
  const list = named === undefined ? undefined : await readDigestList(tree.root, named);
  if (named !== undefined && list === undefined) await say({ is: 'no-list' });
  const tally = new Tally(tree.root);
  const sketch = new Sketch(Math.max(SAMPLED, sample));
  const reading = new Reading(tree.root, { list, forbidden });
  for await (const found of walk(tree.root, stop)) {
    if (!(await tally.add(found))) continue;
    const file = { path: found.path, bytes: found.facts?.size ?? 0 };
    reading.met(file);
    sketch.add(file);
    if (all) await reading.read(file);
  }
  tally.totals.attributed = await countAttributed(tree.root, stop);
  await say(tally.totals);
  for (const sum of tally.folders()) await say({ is: 'folder', ...sum });
  for (const [at, file] of sketch.files().entries()) {
    stop.throwIfAborted();
    const content = all || at < sample ? await reading.read(file, all) : undefined;
    if (at < SAMPLED) await say({ is: 'sampled', ...file, sha256: content?.sha256 ?? null, entropy: content?.entropy ?? 0 });
  }
  await say({ is: 'digests', read: reading.done, failed: reading.failed, forbidden: reading.forbidden });
  if (list !== undefined) await say({ is: 'listed', ...reading.compared(list) });
}

/** Reads files and compares them with what was listed and what is forbidden. */
class Reading {
  readonly #root: string;
  readonly #list: DigestList | undefined;
  readonly #forbidden: ReadonlySet<string>;
  #met = 0;
  #compared = 0;
  #differ = 0;
  done = 0;
  failed = 0;
  forbidden = 0;

  constructor(root: string, { list, forbidden }: { readonly list: DigestList | undefined; readonly forbidden: ReadonlySet<string> }) {
    this.#root = root;
    this.#list = list;
    this.#forbidden = forbidden;
  }

  met({ path }: Ranked): void {
    if (this.#list?.digests.has(path) === true) this.#met += 1;
  }

  /** `again`: it was counted already. */
  async read({ path }: Ranked, again = false): ReturnType<typeof readContent> {
    const content = await readContent(this.#root, path, this.#list?.algorithm ?? 'sha256');
    if (again) return content;
    if (content === undefined) this.failed += 1;
    else this.done += 1;
    if (content !== undefined && this.#forbidden.has(content.sha256)) this.forbidden += 1;
    const expected = this.#list?.digests.get(path);
    if (expected === undefined || content === undefined) return content;
    this.#compared += 1;
    if (content.digest !== expected) this.#differ += 1;
    return content;
  }

  compared({ digests }: DigestList): { listed: number; missing: number; compared: number; differ: number } {
    return { listed: digests.size, missing: digests.size - this.#met, compared: this.#compared, differ: this.#differ };
  }
}
