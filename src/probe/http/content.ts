import type { FindingFacts } from '../../finding/finding.ts';

type Scalar = string | number | boolean;

/** What an answer must hold. */
export interface Wanted {
  readonly contains?: string | undefined;
  readonly json?: Readonly<Record<string, Scalar | { readonly atLeast: number }>> | undefined;
}

/** What of it is not there; undefined if all is. Values are compared, only numbers are told. */
export function heldAt(body: Buffer, { contains, json = {} }: Wanted): FindingFacts | undefined {
  const text = body.toString('utf8');
  if (contains !== undefined && !text.includes(contains)) return { object: 'text' };
  const wanted = Object.entries(json);
  if (wanted.length === 0) return undefined;
  const parsed = parsedJson(text);
  if (parsed === undefined) return { object: 'no JSON' };
  for (const [path, expected] of wanted) {
    const observed = at(parsed, path);
    const fits = typeof expected === 'object' ? typeof observed === 'number' && observed >= expected.atLeast : observed === expected;
    if (fits) continue;
    const least = typeof expected === 'object' ? expected.atLeast : expected;
    return { object: path, expected: typeof least === 'number' ? least : true, observed: typeof observed === 'number' ? observed : false };
  }
  return undefined;
}

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const part of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
