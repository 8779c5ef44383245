import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding/finding.ts';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { GO_ON, questionTo, runningOver } from '../fixtures/running-source.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { HEALTHY } from './healthy.ts';

let source: SourceServer;
beforeAll(async () => {
  source = await startSourceServer();
});
afterAll(() => source.stop());

let made = 0;
/** Findings of the integrity probe about a database that was just made so. */
async function findingsOf(text: string, depth = 'full'): Promise<readonly Finding[]> {
  return (await answerOf(text, depth)).findings;
}

async function answerOf(text: string, depth = 'full'): ReturnType<typeof integrity.ask> {
  const database = `integrity_${(made += 1)}`;
  await source.createDatabase(database);
  await source.sql(database, text);
  return integrity.ask(questionTo(runningOver({ folder: source.socket, database }), { options: { depth } }), GO_ON);
}

function codes(findings: readonly Finding[]): readonly string[] {
  return findings.map(found => `${found.outcome} ${found.code}${found.object === null ? '' : ` ${found.object}`}`);
}

describe('a healthy database', () => {
  test.each(['full', 'quick'])('of every shape is sound when asked in %s', async depth => {
    const findings = await findingsOf(HEALTHY, depth);

    expect(codes(findings.filter(found => found.required))).toEqual(
      depth === 'full' ? ['passed integrity.ok', 'passed integrity.constraints-hold'] : ['passed integrity.ok'],
    );
    expect(codes(findings.filter(found => !found.required))).toEqual(depth === 'full' ? ['skipped integrity.constraint-not-valid'] : []);
  });

  test('is told with the number of tables and indexes that were looked at', async () => {
    const findings = await findingsOf(
      'create table a (id int primary key); create table b (id int primary key, a int references a)',
      'quick',
    );

    expect(findings[0]).toMatchObject({ code: 'integrity.ok', expected: findings[0]?.observed, unit: 'tables and indexes' });
    expect(findings[0]?.observed).toBe(4);
  });

  test('without any table says nothing instead of passing', async () => {
    const findings = await findingsOf('select 1');

    expect(codes(findings)).toEqual(['inconclusive integrity.nothing-read']);
  });

  test('keeps no trace of the question: neither schema nor extension', async () => {
    await findingsOf(HEALTHY);

    const left = await source.sql(
      `integrity_${made}`,
      "select count(*)::int as n from pg_namespace where nspname like 'resurgam%' or exists (select from pg_extension where extname = 'amcheck')",
    );

    expect(left.rows).toEqual([{ n: 0 }]);
  });
});

describe('a broken promise', () => {
  test('P11: a duplicate under a unique index that was not kept up is found twice, by reading and by comparing', async () => {
    const findings = await findingsOf(`
      create table patient (mrn text primary key, name text);
      insert into patient select i::text, 'n' from generate_series(1, 1000) i;
      update pg_index set indisready = false where indexrelid = 'patient_pkey'::regclass;
      insert into patient values ('7', 'duplicate');
      update pg_index set indisready = true where indexrelid = 'patient_pkey'::regclass`);

    expect(codes(findings)).toContain('failed integrity.duplicates public.patient.patient_pkey');
    expect(codes(findings)).toContain('failed integrity.index-corrupt public.patient_pkey');
    expect(findings.some(found => found.code === 'integrity.ok' || found.code === 'integrity.constraints-hold')).toBe(false);
  });

  test('rows that refer to nothing are counted by foreign key', async () => {
    const findings = await findingsOf(`
      create table patient (clinic int, mrn int, primary key (clinic, mrn));
      create table visit (id int primary key, clinic int, mrn int, foreign key (clinic, mrn) references patient deferrable initially deferred);
      insert into patient values (1, 1);
      insert into visit values (1, 1, 1), (2, null, 5), (3, 1, null);
      set session_replication_role = replica;
      insert into visit values (4, 1, 9), (5, 9, 1)`);

    expect(findings.filter(found => found.outcome === 'failed')).toMatchObject([
      { code: 'integrity.foreign-key-broken', object: 'public.visit.visit_clinic_mrn_fkey', expected: 0, observed: 2, unit: 'rows' },
    ]);
  });

  test('a reference from and to partitions is followed', async () => {
    const findings = await findingsOf(`
      create table parent (id int primary key) partition by range (id);
      create table parent_1 partition of parent for values from (0) to (10);
      create table child (id int, parent int references parent) partition by range (id);
      create table child_1 partition of child for values from (0) to (10);
      insert into parent values (1); insert into child values (1, 1);
      set session_replication_role = replica;
      insert into child values (2, 2)`);

    expect(codes(findings.filter(found => found.outcome === 'failed'))).toEqual([
      'failed integrity.foreign-key-broken public.child.child_parent_fkey',
    ]);
  });

  test('a reference that is matched in full may not be half empty', async () => {
    const findings = await findingsOf(`
      create table p (a int, b int, primary key (a, b));
      create table c (id int, a int, b int, constraint c_full foreign key (a, b) references p match full);
      insert into c values (1, null, null);
      set session_replication_role = replica;
      insert into c values (2, 1, null)`);

    expect(findings.find(found => found.outcome === 'failed')).toMatchObject({ object: 'public.c.c_full', observed: 1 });
  });

  test('rows against a check and against a domain are found', async () => {
    const findings = await findingsOf(`
      create domain age as int check (value between 0 and 150);
      create table person (age age, weight int constraint positive check (weight > 0));
      insert into person values (10, 1);
      update pg_constraint set conbin = (select conbin from pg_constraint where conname = 'positive') where false;
      create table raw (age int, weight int);
      insert into raw values (900, -1);
      alter table raw add constraint light check (weight > 0) not valid;
      update pg_constraint set convalidated = true where conname = 'light';
      update pg_attribute set atttypid = 'age'::regtype where attrelid = 'raw'::regclass and attname = 'age'`);

    expect(codes(findings.filter(found => found.outcome === 'failed'))).toEqual([
      'failed integrity.check-violated public.raw.light',
      'failed integrity.check-violated public.raw.age',
    ]);
  });

  test('a unique index out of order fails, another one is only listed', async () => {
    const findings = await findingsOf(`
      create table t (a int unique, b int); create index slow on t (b);
      update pg_index set indisvalid = false where indrelid = 't'::regclass`);

    expect(findings.filter(found => found.code === 'integrity.index-invalid').map(found => [found.object, found.required])).toEqual([
      ['public.slow', false],
      ['public.t_a_key', true],
    ]);
  });
});

describe('hostile content', () => {
  test('names of every kind are only names', async () => {
    const name = `x"; drop table victim; --\n'\\`;
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const findings = await findingsOf(`
      create table victim (id int primary key); insert into victim values (1);
      create schema ${quoted};
      create table ${quoted}.${quoted} (${quoted} int primary key check (${quoted} > 0));
      create table ${quoted}.child (a int constraint ${quoted} references ${quoted}.${quoted});
      set session_replication_role = replica;
      insert into ${quoted}.child values (5)`);

    expect(findings.filter(found => found.outcome === 'failed')).toMatchObject([
      { code: 'integrity.foreign-key-broken', object: `${name}.child.${name}`, observed: 1 },
    ]);
  });

  test('functions and operators named like those of the server are not called', async () => {
    const findings = await findingsOf(`
      create table p (id int primary key); create table c (p int references p); insert into p values (1); insert into c values (1);
      set session_replication_role = replica; insert into c values (2); reset session_replication_role;
      create function public.count(int) returns bigint language sql as 'select 0::bigint';
      create function public.unnest(oid[]) returns setof oid language sql as 'select null::oid';
      create function public.eq(int, int) returns boolean language sql as 'select true';
      create operator public.= (leftarg = int, rightarg = int, function = public.eq);
      do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`);

    expect(findings.find(found => found.outcome === 'failed')).toMatchObject({ code: 'integrity.foreign-key-broken', observed: 1 });
  });

  test('a function in a check that raises the rows leaves the rule open and quotes nothing', async () => {
    const findings = await findingsOf(`
      create function leak(text) returns boolean language plpgsql as $$ begin if current_setting('is_superuser') = 'on' and $1 like 'CANARY%' then raise exception 'row %', $1; end if; return true; end $$;
      create table t (a text); insert into t values ('CANARY-4711');
      alter table t add constraint talkative check (leak(a)) not valid;
      update pg_constraint set convalidated = true where conname = 'talkative'`);

    expect(codes(findings)).toContain('inconclusive integrity.constraint-not-checked public.t.talkative');
    expect(JSON.stringify(findings)).not.toContain('CANARY');
  });

  test('amcheck of the backup that is not the real one is not believed', async () => {
    const answer = await answerOf(`
      create extension amcheck;
      create or replace function public.bt_index_parent_check(index regclass, heapallindexed boolean) returns void language sql as 'select';
      create table t (id int primary key); insert into t select generate_series(1, 100);
      update pg_index set indisready = false where indexrelid = 't_pkey'::regclass;
      insert into t values (101);
      update pg_index set indisready = true where indexrelid = 't_pkey'::regclass`);

    expect(codes(answer.findings)).toEqual(['inconclusive integrity.amcheck-missing', 'passed integrity.constraints-hold']);
  });
});
