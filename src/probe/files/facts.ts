import { z } from 'zod';
import type { Facts } from '../probe.ts';
import type { Seen } from './seen.ts';

/** What the next drill is compared with: figures, and tokens that only this client's key makes. */
const FilesFacts = z.object({
  files: z.int(),
  bytes: z.int(),
  allocated: z.int(),
  links: z.int(),
  executable: z.int(),
  attributed: z.int().nullable(),
  /** Files and bytes by the token of a folder. */
  folders: z.record(z.string(), z.tuple([z.int(), z.int()])),
  /** Token of the path, token of the content (`null`: not read), bits per byte; in the order of the sample. */
  sample: z.array(z.tuple([z.string(), z.string().nullable(), z.number()])),
});
export type FilesFacts = z.output<typeof FilesFacts>;

const TOKEN_LENGTH = 16;

/** Turns what was seen into what may be kept. */
export function factsOf({ totals, folders, sampled }: Seen, pseudonym: (text: string) => string): FilesFacts {
  const token = (text: string): string => pseudonym(text).slice(0, TOKEN_LENGTH);
  const { files, bytes, allocated, links, executable, attributed } = totals;
  return {
    ...{ files, bytes, allocated, links, executable, attributed },
    folders: Object.fromEntries(folders.map(sum => [token(`folder ${sum.path}`), [sum.files, sum.bytes]])),
    sample: sampled.map(({ path, sha256, entropy }) => [
      token(`file ${path}`),
      sha256 === null ? null : token(`content ${path} ${sha256}`),
      entropy,
    ]),
  };
}

/** The baseline, if an earlier drill left one of this shape. */
export function readFacts(facts: Facts | undefined): FilesFacts | undefined {
  const read = FilesFacts.safeParse(facts);
  return read.success ? read.data : undefined;
}
