import { describe, expect, test } from 'vitest';
import { ignoring } from '../../src/probe/inventory/ignore.ts';
import { prepareQuery } from '../../src/probe/plan-query.ts';
import { quoteName, quoteText } from '../../src/probe/sql-name.ts';

describe('named parameters of a plan', () => {
  test.each([
    ['select chart_open(:patient)', 'select chart_open($1)', [1]],
    ['select :patient + :patient, :name', 'select $1 + $1, $2', [1, 'x']],
    [
      'select \':patient\', ":patient", a::text, $$ :patient $$, $f$ :patient $f$',
      'select \':patient\', ":patient", a::text, $$ :patient $$, $f$ :patient $f$',
      [],
    ],
    ['select 1 -- :patient\n, /* :patient */ :patient', 'select 1 -- :patient\n, /* :patient */ $1', [1]],
    ["select 'it''s :patient' || :name", "select 'it''s :patient' || $1", ['x']],
    ['select :unknown', 'select :unknown', []],
    ['select :constructor', 'select :constructor', []],
    ['select 1 ; ;\n', 'select 1', []],
  ])('%s', (query, text, values) => {
    const prepared = prepareQuery(query, { patient: 1, name: 'x' });

    expect(prepared).toEqual({ text, values });
  });
});

describe('globs of a plan', () => {
  test.each([
    ['pg_temp.*', 'pg_temp.a', true],
    ['*.audit_*', 'clinic.audit_2024', true],
    ['*.audit_*', 'clinic.patient', false],
    ['public.a.b', 'public.axb', false],
    ['public.a', 'public.ab', false],
    ['a+(b)*', 'a+(b)\nc', true],
  ])('%s against %j is %s', (glob, name, expected) => {
    expect(ignoring([glob])(name)).toBe(expected);
  });

  test('none ignores nothing', () => {
    expect(ignoring([])('public.a')).toBe(false);
  });
});

test('names and texts cannot end their quotes', () => {
  expect(quoteName('a"; drop table b; --')).toBe('"a""; drop table b; --"');
  expect(quoteText("a'; drop table b; --")).toBe("'a''; drop table b; --'");
});
