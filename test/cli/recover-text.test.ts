import { expect, test } from 'vitest';
import { progressLines } from '../../src/cli/recover-text.ts';
import type { RecoveryStep } from '../../src/recovery/steps.ts';

const HOUR_MS = 3_600_000;
const step: RecoveryStep = { key: 'database/bring', component: 'database', does: 'bring', name: 'Fetch and restore database' };
const plan = {
  contract: { rtoMs: 4 * HOUR_MS, rpoMs: HOUR_MS, rtoStarts: 'disruption', source: 'client' },
  system: { name: 'EHR', kind: 'ehr', tier: 1, phi: true, owner: null, downtimeProcedure: 'binder 3' },
} as const;

test('each step says what is left of the promised time', () => {
  const lines = progressLines(plan, step, { done: false, elapsedMs: HOUR_MS, number: 1, count: 5 });

  expect(lines).toBe('[3 h left] 1/5 Fetch and restore database …\n');
});

test('a recovery that is late names the downtime procedure in force with every step that it begins', () => {
  const at = { elapsedMs: 5 * HOUR_MS, number: 2, count: 5 };

  expect(progressLines(plan, step, { ...at, done: false })).toBe(
    '[LATE by 1 h] 2/5 Fetch and restore database …\n  Downtime procedure in force: binder 3\n',
  );
  expect(progressLines(plan, step, { ...at, done: true })).toBe('[LATE by 1 h] 2/5 Fetch and restore database: done\n');
});
