import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration, parseKeep } from './duration.ts';
import type { SecretReference } from './plan.ts';
import { parsePercent, parseSize } from './quantity.ts';

/**
 * Building blocks for the keys of a plan, for the plan's own schema and for adapters' `options` alike. A message that begins with
 * "expected" is completed by the loader with what was found; every other message is shown as it is. `.default(…)` takes the value
 * after parsing (milliseconds, bytes, ratio), `.prefault(…)` the text.
 */

/** Milliseconds. In the plan `4h`, `90m`, `1h30m`, `PT4H`. */
export function durationOption(): z.ZodType<number, string> {
  return parsed(parseDuration, {
    expected: 'expected a duration such as 4h or 1h30m',
    pattern: String.raw`^(?:\d+[dhms])+$|^P(?:\d+D)?(?:T(?:\d+[HMS])+)?$`,
    examples: ['4h', '1h30m', 'PT4H'],
  });
}

/** Milliseconds that evidence is kept. In the plan `6y`, or a duration. */
export function keepOption(): z.ZodType<number, string> {
  return parsed(parseKeep, {
    expected: 'expected a time of keeping such as 6y or 2192d',
    pattern: String.raw`^\d+y$|^(?:\d+[dhms])+$`,
    examples: ['6y'],
  });
}

/** Bytes. In the plan `2GiB`, `500MB`. */
export function sizeOption(): z.ZodType<number, string> {
  return parsed(parseSize, {
    expected: 'expected a size such as 2GiB or 500MB',
    pattern: String.raw`^\d+(?:\.\d+)?(?:B|[KMGTP]i?B)$`,
    examples: ['2GiB', '500MB'],
  });
}

/** A ratio from 0. In the plan `20%`, which is 0.2. */
export function percentOption(): z.ZodType<number, string> {
  return parsed(parsePercent, {
    expected: 'expected a percentage such as 20%',
    pattern: String.raw`^\d+(?:\.\d+)?%$`,
    examples: ['20%'],
  });
}

/** An absolute path. In the plan it may be relative: it counts from the folder of the plan file. */
export function pathOption(): z.ZodType<string, string> {
  return parsed(resolvePath, { expected: PATH_EXPECTED, examples: ['/srv/backups/ehr'] });
}

/** An absolute path as `pathOption` gives it, or an address of one of these schemes, unchanged: `placeOption('s3')` takes `s3://bucket/prefix`. */
export function placeOption(...schemes: readonly string[]): z.ZodType<string, string> {
  const addresses = schemes.map(scheme => `${scheme}://`);
  const read = (text: string): string | undefined =>
    addresses.some(start => text.startsWith(start) && text.length > start.length) ? text : resolvePath(text);
  return parsed(read, {
    expected: `${PATH_EXPECTED}, or an address beginning with ${addresses.join(', ')}`,
    examples: ['/srv/backups/ehr', ...addresses.map(start => `${start}name/folder`)],
  });
}

/** What stands instead of a value when a secret belongs there. The loader knows it by this text and never repeats what was found. */
export const SECRET_EXPECTED =
  'expected a reference to a secret such as { env: NAME }, { file: /path } or { command: [program] }, never the value';

/** Where a secret is kept: `{ env }`, `{ file }` or `{ command }`. A value in its place is refused without being repeated. */
export function secretOption(): z.ZodType<SecretReference, SecretReference> {
  const text = z.string({ error: SECRET_EXPECTED }).min(1, { error: SECRET_EXPECTED, abort: true });
  const env = text.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: SECRET_EXPECTED, abort: true });
  const file = parsed(resolvePath, { expected: SECRET_EXPECTED });
  const command = z.tuple([text], z.string(), { error: SECRET_EXPECTED }).readonly();
  const only = <S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> => z.strictObject(shape, { error: SECRET_EXPECTED });
  return z
    .union([only({ env }), only({ file }), only({ command })], { error: SECRET_EXPECTED })
    .meta({ description: 'A reference to a secret: an environment variable, a file, or a program that prints it. Never the value.' });
}

/** Runs `parse` (not async) with relative paths of the plan counting from `folder`. Outside of it they stay relative. */
export function withPlanFolder<T>(folder: string, parse: () => T): T {
  const before = planFolder;
  planFolder = folder;
  try {
    return parse();
  } finally {
    planFolder = before;
  }
}

// zod hands no context to a transform, and the schema of an adapter is made before any plan is known. Parsing is synchronous, so
// that nothing else can run while this is set.
let planFolder: string | undefined;

const PATH_EXPECTED = 'expected a path (~ and ${…} are not expanded)';

function resolvePath(text: string): string | undefined {
  if (text === '' || text === '~' || text.startsWith('~/') || text.includes('${') || text.includes('\0')) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  // Without a slash at its end: what is put beside a folder must not lie in it.
  if (isAbsolute(text)) return resolve(text);
  return planFolder === undefined ? text : resolve(planFolder, text);
}

interface Described {
  readonly expected: string;
  readonly pattern?: string;
  readonly examples?: readonly string[];
}

/** Text in the plan, a value after it. `read` gives undefined for what it does not understand. */
function parsed<T>(read: (text: string) => T | undefined, described: Described): z.ZodType<T, string> {
  const { expected, ...meta } = described;
  return z
    .string({ error: expected })
    .meta({ ...meta, examples: [...(meta.examples ?? [])] })
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}
