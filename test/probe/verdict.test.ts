import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/finding/finding.ts';
import { conclude, countOccurrence, type Known, type ObjectiveResult, type Verdict } from '../../src/probe/verdict.ts';
import { vectors } from '../measurement/vectors.ts';

const CODES = {
  passed: 'restore.ok',
  failed: 'inventory.rows-missing',
  inconclusive: 'integrity.no-answer',
  skipped: 'drill.not-asked',
} as const;
const OUTCOMES: readonly Outcome[] = ['passed', 'failed', 'inconclusive', 'skipped'];
const RESULTS: readonly ObjectiveResult[] = ['met', 'missed', 'not-tested'];
const BOTH = [true, false] as const;

function found(outcome: Outcome, required: boolean): Known['findings'][number] {
  return { code: CODES[outcome], outcome, required };
}

describe('worked examples of the verdict', () => {
  test.each(vectors.verdict)('$id', example => {
    const { verdict } = conclude({
      findings: [...example.required.map(outcome => found(outcome, true)), ...example.notRequired.map(outcome => found(outcome, false))],
      rto: example.rto,
      rpo: example.rpo,
      destroyedVerified: example.destroyed,
      declaredNotTested: { rto: example.notTestedDeclared, rpo: example.notTestedDeclared },
    });

    expect(verdict).toBe(example.verdict);
  });

  test.each(vectors.occurrence)('$id', example => {
    const counted = countOccurrence(example.attempts);

    expect(counted).toBe(example.counts);
  });

  test('an occurrence without an attempt is inconclusive, and a missed objective is not replaced', () => {
    const counted = [countOccurrence([]), countOccurrence(['objective-missed', 'passed'])];

    expect(counted).toEqual(['inconclusive', 'objective-missed']);
  });
});

/** Every combination of which outcomes occur among required and other findings, results, destruction and declarations: 18,432 of them. */
function everything(): readonly Known[] {
  const subsets = Array.from({ length: 16 }, (_, bits) => OUTCOMES.filter((__, i) => (bits >> i) % 2 === 1));
  const findings = subsets.flatMap(required =>
    subsets.map(other => [...required.map(one => found(one, true)), ...other.map(one => found(one, false))]),
  );
  const ends = RESULTS.flatMap(rto => RESULTS.flatMap(rpo => BOTH.map(destroyedVerified => ({ rto, rpo, destroyedVerified }))));
  const declared = BOTH.flatMap(rto => BOTH.map(rpo => ({ declaredNotTested: { rto, rpo } })));
  return findings.flatMap(list => ends.flatMap(end => declared.map(one => ({ findings: list, ...end, ...one }))));
}

/** The table of measurement.md, section 9, once more and in other words: what each verdict asks for. */
function byTheTable(known: Known): Verdict {
  const required = new Set(known.findings.filter(one => one.required).map(one => one.outcome));
  const untested = (['rto', 'rpo'] as const).some(one => known[one] === 'not-tested' && !known.declaredNotTested[one]);
  const missed = known.rto === 'missed' || known.rpo === 'missed';
  const answered = required.size === 1 && required.has('passed');
  if (required.has('failed')) return 'failed';
  if (answered && known.destroyedVerified && missed) return 'objective-missed';
  if (answered && known.destroyedVerified && !missed && !untested) return 'passed';
  return 'inconclusive';
}

describe('over every combination', () => {
  const all = everything();

  test('the verdict is that of the table', () => {
    const wrong = all.filter(known => conclude(known).verdict !== byTheTable(known));

    expect(all).toHaveLength(16 * 16 * 9 * 2 * 4);
    expect(wrong).toEqual([]);
  });

  test('only a passed drill has no reasons, and every other one names what decided', () => {
    const wrong = all.filter(known => (conclude(known).verdict === 'passed') !== (conclude(known).reasons.length === 0));

    expect(wrong).toEqual([]);
  });

  test('what is not required never changes the verdict', () => {
    const wrong = all.filter(
      known => conclude(known).verdict !== conclude({ ...known, findings: known.findings.filter(one => one.required) }).verdict,
    );

    expect(wrong).toEqual([]);
  });

  test('a finding more that did not pass never makes the verdict better', () => {
    const rank: Readonly<Record<Verdict, number>> = { passed: 0, 'objective-missed': 1, inconclusive: 2, failed: 3 };
    const worse = OUTCOMES.filter(outcome => outcome !== 'passed');

    const wrong = all.filter(known => {
      const before = rank[conclude(known).verdict];
      return worse.some(outcome => rank[conclude({ ...known, findings: [...known.findings, found(outcome, true)] }).verdict] < before);
    });

    expect(wrong).toEqual([]);
  });

  test('nothing passes without something required that passed, nor without verified destruction', () => {
    const passed = all.filter(known => conclude(known).verdict === 'passed');

    expect(passed.length).toBeGreaterThan(0);
    expect(passed.every(known => known.destroyedVerified && known.findings.some(one => one.required && one.outcome === 'passed'))).toBe(
      true,
    );
  });
});

test('a plan that requires nothing says so', () => {
  const concluded = conclude({
    findings: [found('passed', false)],
    rto: 'met',
    rpo: 'met',
    destroyedVerified: true,
    declaredNotTested: { rto: false, rpo: false },
  });

  expect(concluded).toEqual({ verdict: 'inconclusive', reasons: ['verdict.nothing-required'] });
});

test('reasons are named once and in order', () => {
  const concluded = conclude({
    findings: [found('skipped', true), found('inconclusive', true), found('inconclusive', true)],
    rto: 'missed',
    rpo: 'met',
    destroyedVerified: false,
    declaredNotTested: { rto: false, rpo: false },
  });

  expect(concluded.reasons).toEqual(['drill.not-asked', 'integrity.no-answer', 'verdict.destruction-not-verified']);
});
