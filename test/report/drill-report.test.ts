import { describe, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { drillReport } from '../../src/report/drill-report.ts';
import { everySampleDrill, sampleDrills as sample } from '../fixtures/records.ts';
import { readable, sampleExtras, samplePage } from './sample-page.ts';

const view = (record: PrintedDrill) => drillReport(record, sampleExtras);
const figure = (record: PrintedDrill, id: 'rto' | 'rpo') => {
  const found = view(record).figures.find(one => one.id === id);
  if (found === undefined) throw new Error('the page has both figures');
  return found;
};
const percent = (text: string | undefined): number => Number.parseFloat(text ?? 'NaN');

function everyValue(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(everyValue);
}

describe('the view', () => {
  test.each(everySampleDrill)('of the drill "%s" is plain, and already in words', (_, record) => {
    const made = view(record);
    const prototypes = new Set(Object.values(made).map(one => Object.getPrototypeOf(Object(one)) as unknown));

    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(everyValue(made).every(one => one === null || typeof one === 'string' || typeof one === 'boolean')).toBe(true);
    expect(
      [...prototypes].every(
        one => one === Object.prototype || one === Array.prototype || one === String.prototype || one === Boolean.prototype,
      ),
    ).toBe(true);
  });

  test('does not change the record', () => {
    const before = JSON.stringify(sample.ugly);

    view(sample.ugly);

    expect(JSON.stringify(sample.ugly)).toBe(before);
  });
});

describe('figures', () => {
  test.each(everySampleDrill)('of the drill "%s" never stand without their basis', (_, record) => {
    const bases = view(record).figures.flatMap(one => [one.basis, ...one.lines.map(line => line.basis)]);

    expect(bases.length).toBeGreaterThanOrEqual(4);
    expect(bases.filter(basis => !['Measured', 'Derived', 'Declared', 'Estimated', 'Not tested'].includes(basis))).toEqual([]);
  });

  test('a measured recovery time says from what, where and when', () => {
    const { lines } = figure(sample.passedSmall, 'rto');

    expect(lines.map(line => readable(`${line.basis}. ${line.sentence}`))).toEqual([
      'Measured. Restore to usable took 7 s on 1 November 2026 (sandbox: 4 CPUs, 8 GiB), from recovery point dump-20261101T073000Z-4fd2ab90c1e7.',
      'Estimated. End to end 7 s against 4 h; headroom 99.9 %.',
    ]);
  });

  test('the declared allowance is a part of its own in the bar', () => {
    const { bar, result } = figure(sample.passed, 'rto');

    expect(bar.segments.map(one => [one.kind, readable(one.value), one.basis])).toEqual([
      ['measured', '1 h 12 min 41 s', 'Measured'],
      ['declared', '10 min', 'Declared'],
      ['declared', '20 min', 'Declared'],
    ]);
    expect(readable(result)).toBe('The restore part used 30.3 % of the 4 h objective; 42.8 % with the declared parts.');
    expect(readable(bar.headroomText ?? '')).toBe('57.2 %');
  });

  test('the bar is in proportion, and headroom ends at the mark', () => {
    const { bar } = figure(sample.passed, 'rto');

    const [took] = bar.segments;
    expect(percent(took?.width) / percent(bar.mark.x)).toBeCloseTo(4361 / 14_400, 3);
    expect(percent(bar.headroom?.x) + percent(bar.headroom?.width)).toBeCloseTo(percent(bar.mark.x), 2);
    expect(bar.over).toBeNull();
  });

  test('a missed objective shows by how much, and no headroom', () => {
    const { bar, result, tone } = figure(sample.tooLate, 'rto');

    expect(readable(result)).toBe('Missed with the declared parts: 15 min later than the 4 h objective.');
    expect(tone).toBe('missed');
    expect(bar.headroom).toBeNull();
    expect(percent(bar.over?.x)).toBeCloseTo(percent(bar.mark.x), 3);
  });

  test('the smallest stretch can still be seen', () => {
    const { bar } = figure(sample.passedSmall, 'rto');

    expect(percent(bar.segments[0]?.width)).toBeGreaterThan(0.5);
  });

  test('no stretch hides the one before it', () => {
    const projection = {
      basis: 'estimated' as const,
      ms: 1_806_601,
      detectMs: 600_000,
      decideMs: 1_200_000,
      factor: '1.00',
      headroom: '0.8745',
    };

    const { segments } = figure({ ...sample.passedSmall, projection }, 'rto').bar;

    const ends = segments.map(one => percent(one.x) + percent(one.width));
    expect(segments.slice(1).every((one, at) => percent(one.x) >= (ends[at] ?? 0) - 0.002)).toBe(true);
    expect(segments).toHaveLength(3);
  });

  test.each(everySampleDrill.filter(([, record]) => record.verdict === 'failed' || record.verdict === 'inconclusive'))(
    'the drill "%s" prints no recovery time',
    (_, record) => {
      const { value, bar, lines } = figure(record, 'rto');

      expect(value).toBe('Not tested');
      expect(bar.segments).toEqual([]);
      expect(lines[0]?.basis).toBe('Not tested');
    },
  );

  test('a lower bound is said as such', () => {
    const { lines, result } = figure(sample.ugly, 'rto');

    expect(lines.map(line => readable(line.sentence))).toContain('More than 6 h had passed.');
    expect(readable(result)).toBe('Missed: not usable when 4 h had passed.');
  });

  test('an age that the data do not confirm says so', () => {
    const confirmed = figure(sample.passed, 'rpo').lines[0]?.sentence;
    const unconfirmed = figure(sample.passedSmall, 'rpo').lines[0]?.sentence;

    expect(confirmed).toMatch(/, confirmed by the data\.$/);
    expect(unconfirmed).toMatch(/, not confirmed by the data\.$/);
  });

  test('the age of a backup that did not come back is said of the backup, not of recovered data', () => {
    const record = { ...sample.failedRows, recoveryPointAge: sample.passed.recoveryPointAge, objectives: sample.passed.objectives };

    const { tone, value, bar, lines } = figure(record, 'rpo');

    expect([tone, value, bar.segments]).toEqual(['unknown', 'Not tested', []]);
    expect(lines.map(line => readable(`${line.basis}. ${line.sentence}`))).toEqual([
      'Not tested. No age of recovered data: the backup did not come back.',
      'Derived. The recovery point was 31 min old at the simulated loss, 1 November 2026, 08:00:03 UTC.',
    ]);
  });
});

describe('findings', () => {
  test('stand in the order bad first, required before not required', () => {
    const { bad, rest } = view(sample.ugly).findings;

    const order = [...bad, ...rest].map(found => found.outcome);
    expect([...new Set(order)]).toEqual(['failed', 'inconclusive', 'skipped', 'passed']);
    expect(order).toHaveLength(200);
    expect(bad.findIndex(found => found.note !== null)).toBe(33);
  });

  test('say what to do if they are bad, and nothing else does', () => {
    const { bad, rest } = view(sample.failedRows).findings;

    expect(bad[0]?.response).toBe('runbooks/response/inventory.rows-missing.md');
    expect(rest.every(found => found.response === null)).toBe(true);
  });

  test('say which of them decided the verdict', () => {
    const { bad } = view(sample.failedRows).findings;

    expect(bad.map(found => found.note)).toEqual(['Decided the verdict', 'Not required: it did not decide the verdict']);
  });

  test('print a missing value as not tested', () => {
    const { bad } = view(sample.ugly).findings;

    const observed = bad.flatMap(found => found.facts).filter(fact => fact.label === 'Observed');
    expect(observed.some(fact => fact.value === 'not tested')).toBe(true);
  });
});

describe('rules of speech', () => {
  test.each(everySampleDrill)('the page of the drill "%s" claims nothing that only a person may', async (_, record) => {
    const page = readable(await samplePage(record));

    expect(page).not.toMatch(/compliant|certified|HIPAA approved|RTO (?:achieved|met)|RPO (?:achieved|met)|uptime/i);
    expect(page).not.toMatch(/\b(?:undefined|NaN|\[object|null)\b/);
  });

  test('what was not asked is listed as not tested', () => {
    const { notTested } = view(sample.failedCutOff);

    expect(notTested).toContain('2 questions not asked: integrity and inventory.');
    expect(notTested.map(readable)).toEqual(expect.arrayContaining(sample.failedCutOff.limitations));
  });

  test('a drill in no ledger is said to prove nothing', async () => {
    const page = readable(await samplePage(sample.ugly, { ...sampleExtras, ledger: null }));

    expect(page).toContain('This drill stands in no ledger');
    expect(page).not.toContain('verify.sh ledger.jsonl');
  });

  test('the commands name this entry and this checkpoint', () => {
    const { commands, facts } = view(sample.passed).ledger;

    expect(commands[0]?.command).toBe('bash verify.sh ledger.jsonl checkpoints/000000010.txt keys/machine');
    expect(commands[2]?.command).toMatch(/^sed -n 10p ledger\.jsonl \| jq/);
    expect(facts.map(fact => fact.value)).toContain('+qLFxRoAEs4izxdpsuVKYSPm926JV4Iz+8nggIQSxiY=');
  });

  test('what was shortened stands in full beside it', () => {
    const digest = view(sample.passed).points[0]?.facts.find(fact => fact.label === 'SHA-256');

    expect(digest?.value).toMatch(/^[0-9a-f]{12}…$/);
    expect(digest?.title).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a sandbox that was not proved to be gone is said so', () => {
    const destroyed = view(sample.stopped).sandbox.find(fact => fact.label === 'Destroyed');

    expect(destroyed?.value).toMatch(/^NOT verified/);
  });
});
