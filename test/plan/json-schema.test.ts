import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clientJsonSchema } from '../../src/plan/client.ts';
import { planJsonSchema } from '../../src/plan/json-schema.ts';
import { CLIENT, FIVE_LINES, vocabulary, WHOLE } from './vocabulary.ts';

function validator(schema: object): (text: string) => boolean {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return text => validate(parse(text));
}

const isPlan = validator(planJsonSchema(vocabulary));

describe('the JSON Schema of plans', () => {
  test('has its title at the root, where editors look', () => {
    expect(planJsonSchema(vocabulary)).toMatchObject({
      title: 'Resurgam plan',
      type: 'object',
      required: ['plan', 'client', 'components'],
    });
  });

  test.each([
    ['five lines', FIVE_LINES],
    ['every section', WHOLE],
    ['the sample', readFileSync('plans/lakeside/ehr.yaml', 'utf8')],
  ])('takes a plan of %s', (_, text) => {
    expect(isPlan(text)).toBe(true);
  });

  test.each([
    ['a mistyped key', WHOLE.replace('failureInstant:', 'failureInstance:')],
    ['a mistyped key of a tool', FIVE_LINES.replace('from', 'form')],
    ['an unknown tool', FIVE_LINES.replace('pg-dump', 'pg_dump')],
    ['a duration in words', WHOLE.replace('rto: 4h', 'rto: 4 hours')],
    ['a secret in the place of a reference', WHOLE.replace('{ env: LAKESIDE_KEY_ID }', 'hunter2')],
  ])('refuses a plan with %s', (_, text) => {
    expect(isPlan(text)).toBe(false);
  });
});

test('the JSON Schema of clients takes client.yaml and refuses a mistyped key', () => {
  const isClient = validator(clientJsonSchema());

  expect(isClient(CLIENT)).toBe(true);
  expect(isClient(readFileSync('plans/lakeside/client.yaml', 'utf8'))).toBe(true);
  const room = (more: string): string => `client: a\nchannels: { room: { kind: webhook, url: { env: U }, secret: { env: S }${more} } }\n`;
  expect(isClient(room(', allowPrivate: [10.2.0.0/16, "fd00::/8"]'))).toBe(true);
  expect(isClient(room(', allowPrivate: [10.2.0.0]'))).toBe(false);
  expect(isClient(CLIENT.replace('ladder:', 'lader:'))).toBe(false);
});
