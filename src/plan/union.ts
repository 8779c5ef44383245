import type { z } from 'zod';
import { knownKeys } from './explaining.ts';

type Issue = z.core.$ZodIssue;

/** Which of several shapes a person meant. */
export type Meant =
  /** This one: these are its problems. */
  | { readonly issues: readonly Issue[] }
  /** None for sure: keys that no shape knows, beside the keys that would have told. */
  | { readonly unknown: readonly string[]; readonly known: readonly string[] }
  /** None: the key that tells is not there. */
  | { readonly missing: readonly string[] }
  /** None of them takes a value of this kind. */
  | { readonly wholes: readonly Issue[] };

/** A union says of every shape why it does not fit. The one that was meant is the one that takes such a value and whose own key is there. */
export function meantBranch(branches: readonly (readonly Issue[])[], value: unknown): Meant {
  const fitting = branches.filter(issues => !issues.some(isWhole));
  if (fitting.length === 0) return { wholes: branches.flatMap(issues => issues.filter(isWhole)) };
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return { issues: only };
  const lacks = (issues: readonly Issue[]): number => missingKeys(issues, value).length;
  const [best, second] = [...fitting].sort((a, b) => scoreOf(a, value) - scoreOf(b, value));
  if (best !== undefined && second !== undefined && (lacks(best) === 0 || lacks(best) < lacks(second))) return { issues: best };
  return withoutTellingKey(fitting, value);
}

/** The whole value is of a kind that this shape does not take. */
function isWhole(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'custom' || issue.code === 'invalid_format';
}

/** A key that is not there weighs more than one that is too many, and that more than a wrong value. */
function scoreOf(issues: readonly Issue[], value: unknown): number {
  const unknown = issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
  return missingKeys(issues, value).length * 10_000 + unknown * 100 + issues.length;
}

function missingKeys(issues: readonly Issue[], value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return issues.flatMap(issue => {
    const [key] = issue.path;
    return issue.path.length === 1 && typeof key === 'string' && !Object.hasOwn(value, key) ? [key] : [];
  });
}

function withoutTellingKey(branches: readonly (readonly Issue[])[], value: unknown): Meant {
  const missing = [...new Set(branches.flatMap(issues => missingKeys(issues, value)))];
  const perBranch = branches.map(issues => issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? issue.keys : [])));
  const unknown = (perBranch[0] ?? []).filter(key => perBranch.every(keys => keys.includes(key)));
  if (unknown.length === 0) return { missing };
  const known = branches.flatMap(issues => issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? knownKeys(issue.message) : [])));
  return { unknown, known: [...new Set([...missing, ...known])] };
}
