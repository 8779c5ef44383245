import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding/finding.ts';
import { sentenceOf } from '../../src/finding/finding.ts';
import { all } from '../../src/probe/all.ts';
import { newest } from '../../src/probe/newest/newest.ts';
import type { Answer, Question } from '../../src/probe/probe.ts';
import { sql } from '../../src/probe/sql/sql.ts';
import { GO_ON, POINT, questionTo, runningOver } from '../fixtures/running-source.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

let source: SourceServer;
beforeAll(async () => {
  source = await startSourceServer();
  await source.createDatabase('clinic');
  await source.sql(
    'clinic',
    `create table patient (id int, mrn text, born date, at timestamptz, plain timestamp, ok boolean);
     insert into patient values (1, '0012345', '1970-02-03', '2026-11-01 07:29:30+00', '2026-11-01 07:29:30', true), (2, 'CANARY', null, '2026-10-01 00:00+00', null, false);
     create table log (n int);
     create function chart_open(id int) returns void language plpgsql as $$ begin if id > 2 then raise exception 'CANARY no patient %', id; end if; end $$;
     create function audited(id int) returns int language plpgsql as $$ begin insert into log values (id); return id; end $$`,
  );
});
afterAll(() => source.stop());

function service(): Question['service'] {
  return runningOver({ folder: source.socket, database: 'clinic' });
}

async function askSql(options: object, rest: Partial<Question> = {}): Promise<Finding> {
  const { findings } = await sql.ask(questionTo(service(), { options: { with: {}, write: false, ...options }, ...rest }), GO_ON);
  expect(findings).toHaveLength(1);
  return findings[0] as Finding;
}

function askNewest(options: object, rest: Partial<Question> = {}): Promise<Answer> {
  return newest.ask(questionTo(service(), { options: { everyMs: null, ...options }, ...rest }), GO_ON);
}

describe('a question of the plan', () => {
  test.each([
    ['select count(*) from patient', { atLeast: 2 }, 'sql.ok', 2, 'at least 2'],
    ['select count(*) from patient', { atLeast: 3 }, 'sql.unexpected', 2, 'at least 3'],
    ['select count(*) from patient', { atMost: 1 }, 'sql.unexpected', 2, 'at most 1'],
    ['select count(*) from patient;', { atLeast: 1, atMost: 3 }, 'sql.ok', 2, '1 to 3'],
    ['select 2.50::numeric', { equals: 2.5 }, 'sql.ok', 2.5, 2.5],
    ['select true', { equals: true }, 'sql.ok', true, true],
    ['select false', {}, 'sql.unexpected', false, 'an answer'],
    ['select null::int', {}, 'sql.unexpected', 'nothing', 'an answer'],
    ['select 1 where false', {}, 'sql.unexpected', 'no row', 'an answer'],
    ['select max(at) from patient -- the newest', {}, 'sql.ok', '2026-11-01T07:29:30.000Z', 'an answer'],
    ['select max(at) from patient', { equals: '2026-11-01T07:29:30Z' }, 'sql.ok', '2026-11-01T07:29:30.000Z', '2026-11-01T07:29:30Z'],
    ['with t as (select 7 as n) select n from t', { equals: 7 }, 'sql.ok', 7, 7],
  ])('%s held against %j gives %s', async (...example) => {
    const [query, expectation, code, observed, expected] = example;
    const found = await askSql({ query, expect: expectation });

    expect(found).toMatchObject({ code, observed, expected, outcome: code === 'sql.ok' ? 'passed' : 'failed', limitMs: null });
    expect(found.latencyMs).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['select mrn from patient where id = 1', { equals: '0012345' }, 'sql.ok'],
    ['select mrn from patient where id = 1', { equals: '0099999' }, 'sql.unexpected'],
    ['select mrn from patient where id = 1', { atLeast: 1 }, 'sql.unexpected'],
    ['select mrn from patient where id = 2', {}, 'sql.ok'],
  ])('%s: a text is compared and never recorded, even if it looks like a number', async (query, expectation, code) => {
    const found = await askSql({ query, expect: expectation });

    expect(found.code).toBe(code);
    expect(JSON.stringify(found)).not.toMatch(/12345|99999|CANARY/);
  });

  test.each([
    ['select count(*) from nowhere', 'failed', 'sql.object-missing', '42P01'],
    ['select nothing from patient', 'failed', 'sql.object-missing', '42703'],
    ['select gone(1)', 'failed', 'sql.object-missing', '42883'],
    ['select chart_open(3)', 'failed', 'sql.error', 'P0001'],
    ['select 1 / (id - id) from patient', 'failed', 'sql.error', '22012'],
    ['selekt 1', 'inconclusive', 'sql.no-answer', '42601'],
    ['select audited(1)', 'inconclusive', 'sql.no-answer', '25006'],
    ['select id from patient', 'inconclusive', 'sql.no-answer', 'more than one row'],
  ])('%s is %s', async (...example) => {
    const [query, outcome, code, observed] = example;
    const found = await askSql({ query });

    expect(found).toMatchObject({ outcome, code, observed });
    expect(JSON.stringify(found)).not.toContain('CANARY');
  });

  test('a right answer that comes too late fails, with both times', async () => {
    const found = await askSql({ query: 'select 1 from pg_sleep(0.2)', within: 100 });

    expect(found).toMatchObject({ code: 'sql.too-slow', outcome: 'failed', limitMs: 100 });
    expect(sentenceOf(found)).toMatch(/^The restored system answered after \d+ ms; the plan allows 100 ms\.$/);
  });

  test('values are handed over apart from the text', async () => {
    const found = await askSql({
      query: 'select count(*) from patient where mrn = :mrn',
      with: { mrn: "x' or true --" },
      expect: { equals: 0 },
    });

    expect(found.code).toBe('sql.ok');
  });

  test('one that says that it writes may write', async () => {
    const found = await askSql({ query: 'select audited(7)', write: true, expect: { equals: 7 } });

    expect(found.code).toBe('sql.ok');
  });

  test('a stopped drill leaves it without an answer', async () => {
    const { findings } = await sql.ask(questionTo(service(), { options: { query: 'select 1' } }), AbortSignal.abort());

    expect(findings).toMatchObject([{ code: 'sql.no-answer', outcome: 'inconclusive', observed: 'stopped' }]);
  });
});

describe('a workflow', () => {
  const workflow = { name: 'Open a chart', workflow: true, limitMs: 60_000 };

  test.each([
    [1, 'workflow.ok', 'passed'],
    [3, 'workflow.failed', 'failed'],
  ])('for patient %i gives %s', async (patient, code, outcome) => {
    const found = await askSql({ query: 'select chart_open(:patient)', with: { patient } }, workflow);

    expect(found).toMatchObject({ code, outcome, object: 'Open a chart', probe: 'Open a chart', limitMs: 60_000 });
  });

  test('that people would wait too long for fails', async () => {
    const found = await askSql({ query: 'select 1 from pg_sleep(0.2)' }, { ...workflow, limitMs: 50 });

    expect(found).toMatchObject({ code: 'workflow.too-slow', outcome: 'failed', limitMs: 50 });
  });

  test('whose question is wrong says nothing about the backup', async () => {
    const found = await askSql({ query: 'selekt 1' }, workflow);

    expect(found).toMatchObject({ code: 'workflow.no-answer', outcome: 'inconclusive' });
  });
});

describe('the newest entry', () => {
  const AT = '2026-11-01T07:29:30.000Z';

  test('with a heartbeat is read and judged (MX-12)', async () => {
    const answer = await askNewest({ query: 'select max(at) from patient', everyMs: 60_000 });

    expect(answer.findings).toMatchObject([{ code: 'freshness.ok', outcome: 'passed', observed: AT }]);
    expect(answer.newest).toEqual({ at: AT, everyMs: 60_000 });
    expect(answer.facts).toEqual({ kind: 'newest', newest: AT, consistentAt: POINT.consistentAt });
  });

  test('that is older than the heartbeat allows fails', async () => {
    const answer = await askNewest({ query: 'select min(at) from patient', everyMs: 60_000 });

    expect(answer.findings).toMatchObject([
      { code: 'freshness.data-older-than-point', outcome: 'failed', expected: '2026-11-01T07:28:55.000Z' },
    ]);
  });

  test('A16, A18, P13: that is older than what an earlier point held fails', async () => {
    const baseline = { kind: 'newest', newest: '2026-11-01T06:59:00.000Z', consistentAt: '2026-11-01T07:00:00.000Z' };

    const answer = await askNewest({ query: 'select min(at) from patient' }, { baseline });
    const same = await askNewest({ query: 'select min(at) from patient' }, { baseline: { ...baseline, consistentAt: POINT.consistentAt } });

    expect(answer.findings).toMatchObject([{ code: 'freshness.went-backwards', outcome: 'failed', expected: baseline.newest }]);
    expect(same.findings).toMatchObject([{ code: 'freshness.ok' }]);
  });

  test('that lies in the future says that a clock is wrong', async () => {
    const answer = await askNewest({ query: 'select max(at) from patient' }, { failureInstant: '2026-11-01T07:00:00.000Z' });

    expect(answer.findings).toMatchObject([
      { code: 'freshness.clock-disagrees', outcome: 'inconclusive', expected: '2026-11-01T07:00:00.000Z' },
    ]);
  });

  test('without a time zone is taken as UTC, and the record says so', async () => {
    const answer = await askNewest({ query: 'select max(plain) from patient' });

    expect(answer.newest?.at).toBe(AT);
    expect(answer.limitations).toEqual(['The newest time stamp bears no time zone and was taken as UTC.']);
  });

  test.each([
    ['select max(at) from patient where false', 'no moment'],
    ['select at from patient where false', 'no row'],
    ['select at from patient', 'more than one row'],
    ['select max(born) from patient', 'not a time stamp'],
    ['select max(mrn) from patient', '22007'],
    ["select 'infinity'::timestamptz", 'no moment'],
    ['select max(at) from nowhere', '42P01'],
  ])('%s is no answer', async (query, observed) => {
    const answer = await askNewest({ query, everyMs: 60_000 });

    expect(answer.findings).toMatchObject([{ code: 'freshness.no-answer', outcome: 'inconclusive', observed }]);
    expect(answer.newest).toEqual({ at: null, everyMs: 60_000 });
    expect(answer.facts).toBeUndefined();
  });
});

describe('as a plan says it', () => {
  test.each([
    ['integrity', 'full', { depth: 'full' }],
    ['integrity', 'quick', { depth: 'quick' }],
    ['inventory', { ignore: ['pg_temp.*'], counts: { tolerance: '1%' } }, { ignore: ['pg_temp.*'], tolerance: 0.01 }],
    ['inventory', {}, { ignore: [], tolerance: null }],
    ['newest', 'select 1', { query: 'select 1', everyMs: null }],
    ['newest', { query: 'select 1', every: '1m' }, { query: 'select 1', everyMs: 60_000 }],
    ['sql', 'select 1', { query: 'select 1', with: {}, write: false }],
    ['sql', { query: 'select f(:p)', with: { p: 1 } }, { query: 'select f(:p)', with: { p: 1 }, write: false }],
  ])('%s: %j', (name, value, options) => {
    const kind = all.find(one => one.kind === name);

    const parsed = kind?.value.parse(value);

    expect(parsed).toEqual(options);
  });

  test.each([
    ['integrity', 'half'],
    ['inventory', { ignores: [] }],
    ['newest', { query: 'select 1', every: '1' }],
    ['newest', ''],
    ['sql', { query: 'select 1', when: 1 }],
  ])('%s refuses %j', (name, value) => {
    const kind = all.find(one => one.kind === name);

    expect(kind?.value.safeParse(value).success).toBe(false);
  });

  test('defaults are what the parser would give', () => {
    const asked: Readonly<Record<string, unknown>> = { integrity: 'full', inventory: {}, files: {}, ldap: 'all', dicom: {} };
    const asDefault = all.filter(kind => kind.byDefaultFor.length > 0);

    expect(asDefault.map(({ kind }) => kind).sort()).toEqual(Object.keys(asked).sort());
    for (const { kind, defaults, value } of asDefault) expect(defaults, kind).toEqual(value.parse(asked[kind]));
  });
});
