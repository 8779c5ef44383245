import { describe, expect, test } from 'vitest';
import { assertNoFreeText, freeTextIn, withoutFreeText } from '../../src/evidence/free-text.ts';
import { DrillRecord } from '../../src/evidence/record.ts';
import { finding, sentenceOf, type FindingFacts } from '../../src/finding/finding.ts';
import { sampleRecord } from './fixtures.ts';

function recordWith(facts: FindingFacts): DrillRecord {
  const found = finding('restore.ok', 'passed', { probe: 'restore', component: 'database', ...facts });
  return sampleRecord({ findings: [{ ...found, sentence: sentenceOf(found) }] });
}

describe('the last gate before a record is signed', () => {
  test('lets the name of a workflow through that the plan gave it, and nothing longer', () => {
    const named = "See today's appointments; then sign";

    expect(freeTextIn(recordWith({ object: named }))).toEqual(['findings.0.object']);
    const found = finding('workflow.ok', 'passed', { probe: named, object: named });
    const record = (one: typeof found): DrillRecord => sampleRecord({ findings: [{ ...one, sentence: sentenceOf(one) }] });
    expect(freeTextIn(record(found))).toEqual([]);
    const quoting = 'ERROR: duplicate key';
    expect(freeTextIn(record({ ...found, probe: quoting, object: quoting }))).toContain('findings.0.object');
  });

  test.each([
    'public.patient',
    'public.Patient Visits',
    'public.f(integer, text)',
    'public.patient.patient_pkey',
    '"Odd Name".t',
    'audit policy on public.patient',
    'émigré',
    'timestamp with time zone',
    '23505',
    'tool-missing',
    'C.UTF-8',
    '15.18',
    '2026-11-01T08:00:00.000Z',
    '0.5722',
    'a, b, c',
    '-0.0625',
    '(none)',
    '"Odd Check" on public.t',
    '(integer AS text)',
    'public.=(integer,integer)',
  ])('lets the name %s through', name => {
    const found = freeTextIn(recordWith({ object: name, observed: name }));

    expect(found).toEqual([]);
  });

  test.each([
    'Key (ssn)=(123-45-6789) already exists.',
    'Failing row contains (17, Doe, Jane, 1970-01-01).',
    'COPY patient, line 3, column born: "yesterday"',
    'Jane Doe',
    'ERROR:  relation "patient" already exists',
    'duplicate key value violates unique constraint "patient_pkey"',
    "public.patient where name = 'Doe'",
    '123-45-6789',
    'two\nlines',
  ])('stops the text %j', text => {
    const record = recordWith({ object: text, observed: text });

    expect(freeTextIn(record)).toEqual(['findings.0.object', 'findings.0.observed']);
    expect(() => assertNoFreeText(record)).toThrow(/free text at findings\.0\.object/);
    expect(() => assertNoFreeText(record)).not.toThrow(/Doe|6789/);
  });

  test('signs what is left of a record with free text, and says that something was withheld', () => {
    const record = recordWith({ object: 'Key (ssn)=(123-45-6789)', observed: 0.5 });

    const { record: clean, withheld } = withoutFreeText(record);

    expect(withheld).toEqual(['findings.0.object']);
    expect(JSON.stringify(clean)).not.toContain('6789');
    expect(clean.findings[0]?.observed).toBe('0.5000');
    expect(clean.limitations).toHaveLength(record.limitations.length + 1);
    expect(() => assertNoFreeText(clean)).not.toThrow();
    expect(withoutFreeText(clean)).toEqual({ record: clean, withheld: [] });
    expect(DrillRecord.safeParse(clean).success).toBe(true);
  });

  test('never signs a drill under another name than its own', () => {
    expect(() => withoutFreeText(sampleRecord({ drill: 'Jane Doe' }))).toThrow(/free text at drill/);
  });

  test('takes the sentence of a finding from the catalogue and from nowhere else', () => {
    const record = recordWith({});
    const forged = { ...record, findings: record.findings.map(found => ({ ...found, sentence: 'Jane Doe was restored.' })) };

    expect(freeTextIn(forged)).toEqual(['findings.0.sentence']);
    expect(withoutFreeText(forged).record.findings).toEqual(record.findings);
  });

  test('holds for the findings of further recovery points too', () => {
    const { findings } = recordWith({ object: 'Key (ssn)=(123-45-6789) already exists' });
    const at = { consistentAt: null, availableAt: '2026-11-01T08:00:00.000Z', ageMs: null, durationMs: 1 };
    const record = sampleRecord({ sweep: [{ component: 'database', point: 'dump-1', verdict: 'passed', ...at, findings }] });

    expect(freeTextIn(record)).toEqual(['sweep.0.findings.0.object']);
    expect(JSON.stringify(withoutFreeText(record).record)).not.toContain('6789');
  });
});
