import type { FindingValue } from '../../finding/finding.ts';
import type { Row } from '../asker.ts';

/** What the plan says the answer must be. Empty: there must be one, and not `false`. */
export interface Expectation {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly equals?: string | number | boolean;
}

/** An answer held against its expectation, with what of both may be recorded. */
export interface Held {
  readonly fits: boolean;
  readonly expected: FindingValue;
  readonly observed: FindingValue;
}

const NUMBERS: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'oid']);
const MOMENTS: ReadonlySet<string> = new Set(['timestamp with time zone', 'timestamp without time zone', 'date']);

/**
 * Whether the answer fits. Numbers, truths and moments are recorded, everything else only as equal or not: a text may be a patient's name,
 * and so may one that looks like a number, therefore the type that the server says decides.
 */
export function holdAgainst(expectation: Expectation, row: Row): Held {
  const type = typeof row['type'] === 'string' ? row['type'] : '';
  const value = recordable(type, row['value']);
  const { atLeast, atMost, equals } = expectation;
  if (atLeast !== undefined || atMost !== undefined) {
    const fits = typeof value === 'number' && value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity) && equalTo(equals, value);
    return { fits, expected: range(atLeast, atMost), observed: value };
  }
  if (equals !== undefined) {
    if (value === null) return { fits: row['value'] === equals, expected: true, observed: row['value'] === equals };
    return { fits: equalTo(equals, value), expected: typeof equals === 'string' && !MOMENTS.has(type) ? true : equals, observed: value };
  }
  const fits = row['value'] !== null && row['value'] !== undefined && value !== false;
  return { fits, expected: 'an answer', observed: value ?? (fits ? 'an answer' : 'nothing') };
}

function recordable(type: string, value: unknown): number | boolean | string | null {
  if (NUMBERS.has(type)) {
    const number = Number(value);
    return value !== null && Number.isFinite(number) ? number : null;
  }
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (MOMENTS.has(type) && typeof value === 'string') {
    const ms = Date.parse(
      /\d{2}:\d{2}/.test(value) && !/(?:[+-]\d{2}(?::?\d{2})?|Z)$/.test(value) ? `${value}Z` : value.replace(/([+-]\d{2})$/, '$1:00'),
    );
    return Number.isNaN(ms) ? null : new Date(ms).toISOString();
  }
  return null;
}

function equalTo(equals: Expectation['equals'], value: number | boolean | string): boolean {
  if (equals === undefined || equals === value) return true;
  return typeof equals === 'string' && typeof value === 'string' && Date.parse(equals) === Date.parse(value);
}

function range(atLeast: number | undefined, atMost: number | undefined): string {
  if (atMost === undefined) return `at least ${String(atLeast)}`;
  return atLeast === undefined ? `at most ${atMost}` : `${atLeast} to ${atMost}`;
}
