import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { drillJsonSchema } from '../../src/report/schema.ts';
import { everySampleDrill, sampleDrills } from '../fixtures/records.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
const valid = ajv.compile(drillJsonSchema());

test.each(everySampleDrill)('the published schema accepts the drill "%s"', (_, record) => {
  const accepted = valid(JSON.parse(JSON.stringify(record)));

  expect(valid.errors).toBeNull();
  expect(accepted).toBe(true);
});

test('the published schema refuses a drill with an unknown member', () => {
  const accepted = valid({ ...sampleDrills.passed, patient: 'x' });

  expect(accepted).toBe(false);
});

test('the published schema refuses a verdict that is none of the four words', () => {
  const accepted = valid({ ...sampleDrills.passed, verdict: 'ok' });

  expect(accepted).toBe(false);
});

test('the published schema refuses a record that leaves a member out', () => {
  const rest: Record<string, unknown> = { ...sampleDrills.passed };
  delete rest['limitations'];

  const accepted = valid(rest);

  expect(accepted).toBe(false);
});
