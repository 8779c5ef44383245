import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { KNOWN_STEPS, refusedSteps } from '../../../src/backup/resurgam-state/known-steps.ts';
import { MIGRATIONS } from '../../../src/store/state/migrate.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const steps = [...MIGRATIONS];

test('every step of the tables is known by its digest, and a released one has not changed', () => {
  expect([...KNOWN_STEPS]).toEqual(MIGRATIONS.map(({ number, sql }) => [number, sha256(sql)]));
});

test('the steps of this release are taken', () => {
  expect(refusedSteps(steps, steps.length)).toBeUndefined();
});

test('tables of a newer release say nothing, those with a statement of somebody else are refused', () => {
  const next = { number: steps.length + 1, name: 'later', sql: 'select 1' };
  const forged = steps.map(step => ({ ...step, sql: `${step.sql};drop table plan` }));

  expect(refusedSteps([...steps, next], next.number)).toMatchObject({ code: 'backup.newer-format', outcome: 'inconclusive' });
  expect(refusedSteps(forged, forged.length)).toMatchObject({ code: 'restore.unexpected-command', outcome: 'failed' });
  expect(refusedSteps([], steps.length)).toMatchObject({ code: 'restore.corrupt', outcome: 'failed' });
});
