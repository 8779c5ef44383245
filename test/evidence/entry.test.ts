import { describe, expect, test } from 'vitest';
import { emptyLedger, endAfter, entrySchemas, seal, type Entry } from '../../src/evidence/entry.ts';
import { preAuthenticationEncoding } from '../../src/evidence/dsse.ts';
import { toJson } from '../../src/evidence/json.ts';
import { newSigner, saidBy } from './forge.ts';
import { heartbeat, ORIGIN } from './scenario.ts';

const signer = newSigner();
const empty = emptyLedger(ORIGIN, 'lakeside');

describe('an entry', () => {
  test('is one line of ASCII whose signature is over the exact payload', () => {
    const { entry, now } = heartbeat('2026-11-01T08:00:00.000Z');

    const { line } = seal(entry, empty, { signers: [signer], now, subjects: [{ name: 'drills/d-1.json', sha256: 'ab' }] });

    const { payload, signatures } = JSON.parse(line.toString()) as { payload: string; signatures: { keyid: string; sig: string }[] };
    const bytes = Buffer.from(payload, 'base64');
    expect(line.toString()).toMatch(/^[\x20-\x7e]+$/);
    expect(signatures[0]?.keyid).toBe(signer.keyid);
    expect(signer.verify(preAuthenticationEncoding(bytes), Buffer.from(signatures[0]?.sig ?? '', 'base64'))).toBe(true);
    expect(saidBy(line).subject.map(({ name }) => name)).toEqual([`ledger:${ORIGIN}`, 'drills/d-1.json']);
    expect(preAuthenticationEncoding(Buffer.from('ä')).toString()).toBe('DSSEv1 28 application/vnd.in-toto+json 2 ä');
  });

  test('is never older than the one before it', () => {
    const { entry } = heartbeat('');
    const first = seal(entry, empty, { signers: [signer], now: '2026-11-01T08:00:00.000Z' });

    const second = seal(entry, endAfter(first, empty), { signers: [signer], now: '2026-10-01T08:00:00.000Z' });

    expect(second).toMatchObject({ seq: 1, at: first.at });
  });

  test.each([
    ['a field that its type does not know', { ...heartbeat('').entry.fields, patient: 'Jane Doe' }],
    ['a text where an id belongs', { ...heartbeat('').entry.fields, worker: 'Jane Doe' }],
    ['a fraction', { ...heartbeat('').entry.fields, intervalMs: 0.5 }],
    ['a missing field', { worker: 'worker-1' }],
  ])('is refused with %s, and the refusal does not repeat it', (_, fields) => {
    const entry = { ...heartbeat('').entry, fields } as Entry;

    const make = (): unknown => seal(entry, empty, { signers: [signer], now: '2026-11-01T08:00:00.000Z' });

    expect(make).toThrow(/not of the shape that the ledger allows/);
    expect(make).not.toThrow(/Jane/);
  });

  test('has no field of a name that is reserved for keys, unless it is about keys', () => {
    const about = ['genesis', 'key', 'key-revoked'];
    const reserved = Object.entries(entrySchemas).filter(
      ([, schema]) => 'shape' in schema && ['keyid', 'replaces', 'revokes'].some(name => name in schema.shape),
    );

    expect(reserved.map(([type]) => type)).toEqual(about);
  });
});

describe('the JSON of a statement', () => {
  test.each([0.5, -0, Number.NaN, 2 ** 53, undefined, new Date(0), [undefined], { a: { b: 1n } }])('refuses %s', value => {
    expect(() => toJson({ value })).toThrow(/expected an integer/);
  });

  test('is minified and keeps the order of members', () => {
    expect(toJson({ b: null, a: [1, 'ü', true] })).toBe('{"b":null,"a":[1,"ü",true]}');
  });
});
