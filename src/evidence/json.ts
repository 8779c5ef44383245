import { EvidenceError } from './error.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Minified JSON of a statement. Throws EvidenceError `not-json` for what the ledger's JSON rules forbid: fractions (ratios are strings),
 * integers beyond ±(2^53 − 1), absent values that are not `null`, and anything that is no JSON.
 */
export function toJson(value: unknown): string {
  refuse(value, '$');
  return JSON.stringify(value);
}

function refuse(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return;
  if (Array.isArray(value)) {
    for (const [index, member] of value.entries()) refuse(member, `${path}[${index}]`);
    return;
  }
  if (typeof value === 'object' && isPlain(value)) {
    for (const [name, member] of Object.entries(value)) refuse(member, `${path}.${name}`);
    return;
  }
  throw new EvidenceError(
    'not-json',
    `${path}: expected an integer, a string, a boolean, null, a list or an object, got ${kindOf(value)}`,
    {
      hint: 'Write ratios as strings with four decimals and absent values as null.',
    },
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  return typeof value === 'number' ? 'another number' : typeof value;
}
