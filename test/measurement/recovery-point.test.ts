import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/finding/finding.ts';
import { judgeRpo } from '../../src/measurement/objective.ts';
import { consistencySpread, measureRecoveryPointAge, type AgedPoint } from '../../src/measurement/recovery-point.ts';
import { newestUsableAt } from '../../src/measurement/worst-age.ts';
import { judgeFreshness } from '../../src/probe/freshness.ts';
import { conclude } from '../../src/probe/verdict.ts';
import { vectors } from './vectors.ts';

const TE = '2026-11-01T08:00:00.000Z';

function point(rest: Partial<AgedPoint> = {}): AgedPoint {
  return {
    component: 'database',
    consistentAt: '2026-11-01T07:30:00.000Z',
    consistentBasis: 'derived',
    newest: undefined,
    freshness: [],
    ...rest,
  };
}

describe('worked examples of recovery point age', () => {
  test.each(vectors.recoveryPointAge)('$id', example => {
    const everyMs = example.everySeconds === null ? null : example.everySeconds * 1000;
    const asked = example.newest !== null;
    const judged = judgeFreshness({
      newest: example.newest,
      everyMs,
      consistentAt: example.consistentAt,
      failureInstant: example.failureInstant,
    });
    const freshness = asked ? [judged] : [];

    const age = measureRecoveryPointAge(
      [point({ consistentAt: example.consistentAt, newest: asked ? { at: example.newest, everyMs } : undefined, freshness })],
      example.failureInstant,
      'latest',
    );
    const rpo = judgeRpo(age, example.rpoSeconds * 1000);
    const { verdict } = conclude({
      findings: [{ code: 'restore.ok', outcome: 'passed', required: true }, ...freshness.map(found => ({ ...found, required: true }))],
      rto: 'met',
      rpo: rpo.result,
      destroyedVerified: true,
      declaredNotTested: { rto: false, rpo: false },
    });

    expect(age.age.ms).toBe(example.ageSeconds === null ? null : example.ageSeconds * 1000);
    expect(age.age.basis).toBe(example.basis ?? 'not-tested');
    expect(rpo.result).toBe(example.result);
    expect(freshness.find(found => found.outcome !== 'passed')).toEqual(
      example.finding === null ? undefined : expect.objectContaining(example.finding),
    );
    expect(verdict).toBe(example.verdict);
  });

  test.each(vectors.choosePoint)('$id uses the newest point that was available', example => {
    const points = example.points.map(one => ({
      id: one.id,
      consistentAt: Date.parse(one.consistentAt),
      availableAt: Date.parse(one.availableAt),
    }));

    const chosen = newestUsableAt(points, Date.parse(example.failureInstant));

    expect(chosen?.id).toBe(example.chosen);
  });
});

test('the age of the system is that of its oldest component, with the spread beside it', () => {
  const points = [point(), point({ component: 'documents', consistentAt: '2026-11-01T06:00:00.000Z' })];

  const age = measureRecoveryPointAge(points, TE, 'latest');

  expect(age).toMatchObject({
    component: 'documents',
    age: { basis: 'derived', ms: 7_200_000 },
    spreadMs: 5_400_000,
    confirmedByData: false,
  });
});

test('one component of unknown age makes the age of the system unknown', () => {
  const age = measureRecoveryPointAge([point(), point({ component: 'documents', consistentAt: null })], TE, 'latest');

  expect(age.age).toEqual({ basis: 'not-tested', ms: null, because: 'the backup does not say as of when its data are' });
  expect(judgeRpo(age, 3_600_000).result).toBe('not-tested');
});

test('another pick than the latest is reported and not judged', () => {
  const age = measureRecoveryPointAge([point()], TE, 'oldest');

  const rpo = judgeRpo(age, 1);

  expect(age.age.ms).toBe(1_800_000);
  expect(rpo).toEqual({ result: 'not-tested', because: 'the plan picks another recovery point than the latest' });
});

test('a declared moment gives a declared age', () => {
  const age = measureRecoveryPointAge([point({ consistentBasis: 'declared' })], TE, 'latest');

  expect(age.age).toEqual({ basis: 'declared', ms: 1_800_000 });
});

test('an age equal to the objective is met, one millisecond more is missed', () => {
  const age = measureRecoveryPointAge([point()], TE, 'latest');

  const results = [1_800_000, 1_799_999].map(rpoMs => judgeRpo(age, rpoMs).result);

  expect(results).toEqual(['met', 'missed']);
});

test('source facts of the same snapshot confirm the catalogue age', () => {
  const newest = { at: '2026-11-01T03:12:00.000Z', everyMs: null };

  const age = measureRecoveryPointAge([point({ newest, newestMatchesSource: true })], TE, 'latest');

  expect(age).toMatchObject({ age: { basis: 'derived', ms: 1_800_000 }, confirmedByData: true });
});

test('a heartbeat that could not be read leaves no age, not the age of the catalogue', () => {
  const code: FindingCode = 'freshness.no-answer';

  const age = measureRecoveryPointAge(
    [point({ newest: { at: null, everyMs: 60_000 }, freshness: [{ code, outcome: 'inconclusive' }] })],
    TE,
    'latest',
  );

  expect(age.age.basis).toBe('not-tested');
});

test('no point at all has neither age nor spread', () => {
  const age = measureRecoveryPointAge([], TE, 'latest');

  expect(age).toMatchObject({ age: { basis: 'not-tested' }, component: null, spreadMs: null });
  expect(consistencySpread([])).toBeNull();
});
