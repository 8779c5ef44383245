import { z } from 'zod';
import { patternMatcher } from '../../plan/pattern.ts';
import { readFile } from '../../system/files.ts';
import { rawPath, walk } from '../../system/walk.ts';
import { entropyOf } from '../../system/entropy.ts';
import type { TreeToRead } from '../probe.ts';
import { Sketch } from '../sketch.ts';
import { FORMATS, parses } from './parse.ts';

/** Larger files are not taken into memory. */
const LARGEST_BYTES = 128 << 20;
const HEAD_BYTES = 64 << 10;

/** What the reader says, once. */
export const Parsed = z.object({
  /** Files of the pattern. */
  matched: z.int(),
  /** Those of the sample that were looked at; `large` ones were not. */
  judged: z.int(),
  large: z.int(),
  parsed: z.int(),
  unreadable: z.int(),
  /** Mean bits per byte of what was looked at. */
  entropy: z.number(),
});
export type Parsed = z.output<typeof Parsed>;

const Options = z.object({ pattern: z.string(), as: z.enum(FORMATS), sample: z.union([z.literal('all'), z.int()]) });

/** In the jail: parses a sample of the files that the plan means. */
export async function readFormats(tree: TreeToRead, stop: AbortSignal): Promise<void> {
  const { pattern, as, sample } = Options.parse(tree.options);
  // Paths are bytes here; the plan is UTF-8.
  const isMeant = patternMatcher(Buffer.from(pattern).toString('latin1'));
  const sketch = new Sketch(sample === 'all' ? Number.MAX_SAFE_INTEGER : sample);
  const said = { matched: 0, judged: 0, large: 0, parsed: 0, unreadable: 0, entropy: 0 };
  for await (const { path, facts } of walk(tree.root, stop)) {
    if (facts?.isFile() !== true || !isMeant(path)) continue;
    said.matched += 1;
    sketch.add({ path, bytes: facts.size });
  }
  let bits = 0;
  for (const { path, bytes: size } of sketch.files()) {
    stop.throwIfAborted();
    const bytes = size > LARGEST_BYTES ? undefined : await readFile(rawPath(tree.root, path)).catch(() => null);
    if (bytes === undefined) said.large += 1;
    else if (bytes === null) said.unreadable += 1;
    else {
      said.judged += 1;
      bits += entropyOf(bytes.subarray(0, HEAD_BYTES));
      if (await parses(bytes, as)) said.parsed += 1;
    }
  }
  await tree.say({ ...said, entropy: said.judged === 0 ? 0 : Math.round((bits / said.judged) * 100) / 100 } satisfies Parsed);
}
