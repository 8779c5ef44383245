import type { z } from 'zod';
import { isSecretKey, sayText } from './excerpt.ts';
import { knownKeys } from './explaining.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './plan.ts';
import { meantBranch } from './union.ts';
import { SECRET_EXPECTED } from './values.ts';
import type { Path, Said, YamlText } from './yaml.ts';

type Issue = z.core.$ZodIssue;
interface Told {
  readonly path: Path;
  readonly said: Said;
}

/** What zod found wrong, in the words of a person who wrote the file: each with its place, what was expected, what was found, what was meant. */
export function problemsOf(issues: readonly Issue[], yaml: YamlText): readonly Problem[] {
  const told = issues.flatMap(issue => tell(issue, [], yaml.value));
  const meant = new Set(told.flatMap(one => (one.meant === undefined ? [] : [[...one.path.slice(0, -1), one.meant].join('\n')])));
  // A mistyped key is one slip: that the right one is missing need not be said too.
  const kept = told.filter(one => !(one.missing === true && meant.has(one.path.join('\n'))));
  const placed = kept.map(({ path, said }) => ({ problem: yaml.problemAt(path, said), at: said.at ?? 'value' }));
  return placed.map(({ problem }) => withoutNeighbours(problem, placed)).sort((a, b) => a.line - b.line || a.column - b.column);
}

type Placed = readonly { readonly problem: Problem; readonly at: Said['at'] }[];

/** A line that another problem must not show in full is not shown in full here either. */
function withoutNeighbours(problem: Problem, placed: Placed): Problem {
  const { excerpt, ...rest } = problem;
  const neighbours = placed.filter(other => other.problem.line === problem.line);
  if (excerpt === undefined || neighbours.some(other => other.at === 'hidden')) return rest;
  const cut = neighbours.filter(other => other.at === 'key-only').map(other => other.problem.excerpt ?? '');
  const [shortest] = cut.sort((a, b) => a.length - b.length);
  return { ...rest, excerpt: shortest ?? excerpt };
}

interface ToldIssue extends Told {
  readonly meant?: string;
  readonly missing?: boolean;
}

function tell(issue: Issue, base: Path, root: unknown): readonly ToldIssue[] {
  const path = [...base, ...issue.path];
  if (issue.message === SECRET_EXPECTED) return [{ path, said: { message: SECRET_EXPECTED, hint: SECRET_HINT, at: 'hidden' } }];
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey([...path, key], knownKeys(issue.message)));
  if (issue.code === 'invalid_key') return [badKey(path, issue)];
  if (issue.code === 'invalid_union') return tellUnion(issue, path, root);
  return [valueProblem(path, phraseOf(issue), root)];
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

function tellUnion(issue: UnionIssue, path: Path, root: unknown): readonly ToldIssue[] {
  if ('options' in issue) return [wrongWord(path, issue.options, root)];
  const meant = meantBranch(issue.errors, valueAt(root, path));
  if ('issues' in meant) return meant.issues.flatMap(inner => tell(inner, path, root));
  if ('unknown' in meant) return meant.unknown.map(key => unknownKey([...path, key], meant.known));
  if ('missing' in meant) return [{ path, said: { message: `expected ${either(meant.missing)} as key, found none of them`, at: 'key' } }];
  const expected = issue.message.startsWith('expected ') ? phraseOf(issue) : either([...new Set(meant.wholes.map(phraseOf))]);
  return [valueProblem(path, expected, root)];
}

function unknownKey(path: Path, known: readonly string[]): ToldIssue {
  const key = String(path.at(-1));
  const meant = nearest(key, known);
  const parent = path.slice(0, -1);
  if (meant === undefined && parent.some(step => isSecretKey(String(step)))) {
    // `credentials: { hunter2 }`: here the key itself may be the secret.
    return { path: parent, said: { message: `unknown key, expected only ${known.join(', ')}`, at: 'hidden' } };
  }
  const hint = meant === undefined ? `Use one of: ${known.join(', ')}.` : `Write "${meant}".`;
  const asked = meant === undefined ? '' : `, did you mean "${meant}"?`;
  const said: Said = { message: `unknown key ${sayText(key)}${asked}`, hint: known.length === 0 ? null : hint, at: 'key-only' };
  return meant === undefined ? { path, said } : { path, said, meant };
}

function badKey(path: Path, issue: Extract<Issue, { code: 'invalid_key' }>): ToldIssue {
  const expected = issue.issues[0]?.message ?? 'expected another key';
  return { path, said: { message: `${expected}, found ${sayText(String(path.at(-1)))}`, at: 'key-only' } };
}

/** A word of the vocabulary that is not there: which tool, which engine. If the key itself is mistyped, that is the problem. */
function wrongWord(path: Path, words: readonly unknown[], root: unknown): ToldIssue {
  const key = String(path.at(-1));
  const found = valueAt(root, path);
  const parent = valueAt(root, path.slice(0, -1));
  const mistyped =
    found === undefined && isMapping(parent) ? Object.keys(parent).find(other => nearest(other, [key]) !== undefined) : undefined;
  if (mistyped !== undefined) return unknownKey([...path.slice(0, -1), mistyped], [key]);
  return valueProblem(path, `one of ${words.map(String).join(', ')}`, root);
}

/** "expected A, found B", and what was likely meant when A is a list of words. A text that is no expectation stays as it is. */
function valueProblem(path: Path, expected: string, root: unknown): ToldIssue {
  const found = valueAt(root, path);
  const parent = valueAt(root, path.slice(0, -1));
  const missing = found === undefined && isMapping(parent);
  if (expected.startsWith('!')) return { path, said: { message: expected.slice(1) } };
  const words = /(?:one of )?(.*)/.exec(expected)?.[1]?.split(/, | or /) ?? [];
  const meant =
    typeof found === 'string'
      ? nearest(
          found,
          words.map(word => word.replaceAll('"', '')),
        )
      : undefined;
  const asked = meant === undefined || meant === found ? '' : `, did you mean "${meant}"?`;
  const hidden = path.some(step => typeof step === 'string' && isSecretKey(step)) || /^(a mapping|a list)/.test(expected);
  return { path, said: { message: `expected ${expected}, found ${say(found, hidden)}${asked}` }, missing };
}

function phraseOf(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message.slice('expected '.length);
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? `"${String(issue.values[0])}"` : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${UNITS[issue.origin] ?? 'a value'} of at least ${issue.minimum}`;
    case 'too_big':
      return `${UNITS[issue.origin] ?? 'a value'} of at most ${issue.maximum}`;
    case 'invalid_format':
      return `text of the form ${issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'unrecognized_keys':
      return `!${issue.message}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping with keys and values',
  record: 'a mapping with keys and values',
  array: 'a list',
  tuple: 'a list',
  never: 'nothing here',
};
const UNITS: Readonly<Record<string, string>> = {
  string: 'a text with a length',
  number: 'a number',
  int: 'a whole number',
  array: 'a list with a length',
};
const SECRET_HINT = 'Put the secret where only Resurgam can read it, and name that place here. If it stood in a shared file, change it.';

/** What stands there. `hidden`: only of which kind it is. */
function say(found: unknown, hidden: boolean): string {
  if (found === undefined || found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a mapping';
  if (hidden) return typeof found === 'string' ? 'a text' : `a ${typeof found}`;
  return typeof found === 'string' ? sayText(found) : JSON.stringify(found);
}

function either(phrases: readonly string[]): string {
  return phrases.length < 2 ? (phrases[0] ?? 'something else') : `${phrases.slice(0, -1).join(', ')} or ${phrases.at(-1) ?? ''}`;
}

/** What stands at this path of the file's value. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
