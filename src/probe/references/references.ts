import { createHash } from 'node:crypto';
import { normalize } from 'node:path/posix';
import { z } from 'zod';
import { patternMatcher } from '../../plan/pattern.ts';
import { lstat, open, realpath } from '../../system/files.ts';
import { walk } from '../../system/walk.ts';
import type { ProbeKind } from '../probe.ts';
import { nameDigest } from '../reference.ts';

const Reference = z.tuple([z.string(), z.string().nullable()]);
const Options = z.union([
  z.object({ references: z.array(Reference), read: z.int() }),
  z.object({ list: z.object({ pattern: z.string().nullable(), below: z.string() }) }),
]);

const SOME = 1_000;
const ALGORITHM: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' };

/** The reader of what rows refer to. It is no probe of a plan's list: `consistency` asks it. */
export const references: Required<Pick<ProbeKind, 'kind' | 'read'>> = {
  kind: 'references',
  read: async ({ root, options, say }, stop) => {
    const asked = Options.parse(options);
    if ('list' in asked) return list({ root, ...asked.list, say }, stop);
    const seen = { found: 0, missing: 0, read: 0, differ: 0, unread: 0 };
    const place = await realpath(root);
    for (const [path, digest] of asked.references) {
      stop.throwIfAborted();
      const file = await fileAt(place, path);
      if (file === undefined) {
        seen.missing += 1;
        continue;
      }
      seen.found += 1;
      if (digest === null || seen.read + seen.unread >= asked.read) continue;
      const same = await hasDigest(file, digest.toLowerCase());
      if (same === undefined) seen.unread += 1;
      else seen.read += 1;
      if (same === false) seen.differ += 1;
    }
    await say({ is: 'references', ...seen });
  },
};

/** A regular file below the root, whatever links lie on the way; undefined if there is none. */
async function fileAt(root: string, path: string): Promise<string | undefined> {
  const wanted = normalize(path).replace(/^\/+/, '');
  if (wanted === '' || wanted === '.' || wanted.split('/').includes('..')) return undefined;
  try {
    const real = await realpath(`${root}/${wanted}`);
    return real.startsWith(`${root}/`) && (await lstat(real)).isFile() ? real : undefined;
  } catch {
    // Not there, or not to be reached: for whoever needs it that is the same.
    return undefined;
  }
}

/** Undefined: the file could not be read, or the digest is of no kind that we know. */
async function hasDigest(file: string, digest: string): Promise<boolean | undefined> {
  const algorithm = ALGORITHM[digest.length];
  if (algorithm === undefined) return undefined;
  const hash = createHash(algorithm);
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20, autoClose: false }) as AsyncIterable<Buffer>)
      hash.update(chunk);
    return hash.digest('hex') === digest;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

interface Listing {
  readonly root: string;
  readonly pattern: string | null;
  readonly below: string;
  readonly say: (value: unknown) => Promise<void>;
}

/** Digests of the names of all files of the pattern, as rows would refer to them: no name leaves the jail. */
async function list({ root, pattern, below, say }: Listing, stop: AbortSignal): Promise<void> {
  const isMeant = patternMatcher(pattern === null ? undefined : Buffer.from(pattern).toString('latin1'));
  let some: string[] = [];
  for await (const { path, facts } of walk(root, stop)) {
    const name = Buffer.from(path, 'latin1').toString('utf8');
    if (facts?.isFile() !== true || !name.startsWith(below) || !isMeant(path)) continue;
    some.push(nameDigest(name));
    if (some.length < SOME) continue;
    await say({ is: 'names', names: some });
    some = [];
  }
  await say({ is: 'names', names: some });
}
