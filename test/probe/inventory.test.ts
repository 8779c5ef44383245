import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding/finding.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import type { Answer, Facts, Question } from '../../src/probe/probe.ts';
import { GO_ON, questionTo, runningOver } from '../fixtures/running-source.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { HEALTHY } from './healthy.ts';

let source: SourceServer;
beforeAll(async () => {
  source = await startSourceServer();
  await source.sql('postgres', 'create role clinic_app; create role clinic_reader; create role clinic_owner');
});
afterAll(() => source.stop());

let made = 0;
async function databaseOf(text: string): Promise<string> {
  const database = `inventory_${(made += 1)}`;
  await source.createDatabase(database);
  await source.sql(database, text);
  return database;
}

function askOf(database: string, rest: Partial<Question> = {}): Promise<Answer> {
  return inventory.ask(questionTo(runningOver({ folder: source.socket, database }), rest), GO_ON);
}

/** Findings about what became of a database since an accepted drill. */
async function after(before: string, change: string, options: Facts = {}): Promise<readonly Finding[]> {
  const database = await databaseOf(before);
  const accepted = await askOf(database);
  await source.sql(database, change);
  const answer = await askOf(database, { options, ...(accepted.facts === undefined ? {} : { baseline: accepted.facts }) });
  return answer.findings;
}

function codes(findings: readonly Finding[]): readonly string[] {
  return findings.map(found => [found.outcome, found.code, found.unit, found.object].filter(part => part !== null).join(' '));
}

function bad(findings: readonly Finding[]): readonly string[] {
  return codes(findings.filter(found => found.outcome !== 'passed' && found.required));
}

const CLINIC = `
  create table patient (id int primary key, mrn text unique, born date, constraint adult check (born < '2020-01-01'));
  create table visit (id int generated always as identity primary key, patient int references patient);
  create index visit_patient on visit (patient);
  insert into patient select i, 'm' || i, '1970-01-01' from generate_series(1, 2000) i;
  insert into visit (patient) select i from generate_series(1, 60) i;`;

describe('a healthy database', () => {
  test('of every shape passes, alone and against itself', async () => {
    const database = await databaseOf(HEALTHY);
    const first = await askOf(database);

    const second = await askOf(database, { baseline: JSON.parse(JSON.stringify(first.facts)) as Facts });

    expect(codes(first.findings)).toEqual(['passed inventory.ok objects', 'passed inventory.rows-ok rows']);
    expect(codes(second.findings)).toEqual(codes(first.findings));
    expect(second.facts).toEqual(first.facts);
    expect(first.limitations).toContain('There is no earlier accepted drill of this component to compare with.');
    expect(second.limitations).not.toContain('There is no earlier accepted drill of this component to compare with.');
  });

  test('dumped and restored has the same facts', async () => {
    const database = await databaseOf(HEALTHY);
    await source.sql(database, 'refresh materialized view clinic.filled');
    const dump = (await source.client('pg_dump', ['-Fp', database])).stdout;
    const copy = await databaseOf('select 1');
    await source.client('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-d', copy], dump);
    const before = await askOf(database);

    const now = await askOf(copy, before.facts === undefined ? {} : { baseline: before.facts });

    expect(codes(now.findings)).toEqual(['passed inventory.ok objects', 'passed inventory.rows-ok rows']);
    expect(now.facts?.['digest']).toBe(before.facts?.['digest']);
  });

  test('that grew and got new parts is fine', async () => {
    const findings = await after(
      CLINIC,
      'create table lab (id int); alter table patient add name text; insert into visit (patient) select 1 from generate_series(1, 500)',
    );

    expect(bad(findings)).toEqual([]);
    expect(codes(findings)).toContain('passed inventory.ok objects');
  });

  test('that let an old partition go is fine, and one that lost its rows with it is not', async () => {
    const partitioned = `
      create table event (id int, at date) partition by range (at);
      create table event_2024 partition of event for values from ('2024-01-01') to ('2025-01-01');
      create table event_2025 partition of event for values from ('2025-01-01') to ('2026-01-01');
      create index on event (id);
      insert into event select i, '2025-03-01' from generate_series(1, 2000) i;
      insert into event select i, '2024-03-01' from generate_series(1, 100) i;`;

    const healthy = await after(partitioned, 'drop table event_2024');
    const damaged = await after(partitioned, 'drop table event_2025');

    expect(bad(healthy)).toEqual([]);
    expect(codes(healthy)).toContain('passed inventory.partitions-gone partitions');
    expect(bad(damaged)).toEqual(['failed inventory.rows-missing rows public.event']);
  });
});

describe('what is missing since the last accepted drill', () => {
  test.each([
    ['a table with all that belongs to it is told once', 'drop table visit', ['failed inventory.object-missing table public.visit']],
    [
      'a column',
      'alter table patient drop column born',
      ['failed inventory.object-missing column public.patient.born', 'failed inventory.object-missing constraint public.patient.adult'],
    ],
    ['an index', 'drop index visit_patient', ['failed inventory.object-missing index public.visit.visit_patient']],
    [
      'a primary key',
      'alter table visit drop constraint visit_pkey',
      ['failed inventory.object-missing constraint public.visit.visit_pkey'],
    ],
    [
      'a foreign key',
      'alter table visit drop constraint visit_patient_fkey',
      ['failed inventory.object-missing constraint public.visit.visit_patient_fkey'],
    ],
  ])('%s', async (_, change, expected) => {
    const findings = await after(CLINIC, change);

    expect(bad(findings)).toEqual(expected);
  });

  test('P06: rows of a table are counted', async () => {
    const findings = await after(CLINIC, 'delete from visit');

    expect(findings.filter(found => found.outcome === 'failed')).toMatchObject([
      { code: 'inventory.rows-missing', object: 'public.visit', expected: 60, observed: 0, unit: 'rows' },
    ]);
  });

  test.each([
    [
      'a fifth of a large table',
      'delete from visit; delete from patient where id > 1599',
      ['failed inventory.rows-missing rows public.patient', 'failed inventory.rows-missing rows public.visit'],
    ],
    ['less than a fifth of it', 'delete from patient where id > 1700', []],
    ['some of a small one', 'delete from visit where id > 1', []],
  ])('%s is judged without a tolerance', async (_, change, expected) => {
    const findings = await after(CLINIC, change);

    expect(bad(findings)).toEqual(expected);
  });

  test('with a tolerance in the plan every table counts', async () => {
    const findings = await after(CLINIC, 'delete from visit where id > 59', { ignore: [], tolerance: 0.01 });

    expect(bad(findings)).toEqual(['failed inventory.rows-missing rows public.visit']);
  });

  test('what the plan ignores is not missed', async () => {
    const findings = await after(CLINIC, 'drop table visit; delete from patient', {
      ignore: ['public.visi*', '*.patient'],
      tolerance: null,
    });

    expect(bad(findings)).toEqual(['failed inventory.no-rows rows']);
  });

  test('views, functions, triggers, policies, types, sequences, extensions and their kin', async () => {
    const findings = await after(
      `${CLINIC}
      create extension citext;
      create schema empty;
      create view v as select 1 as a; create materialized view m as select 1 as a; create materialized view stays as select 1 as a;
      create function f(a int) returns int language sql as 'select 1'; create aggregate total(int) (sfunc = int4pl, stype = int);
      create function tr() returns trigger language plpgsql as 'begin return new; end';
      create trigger t before insert on patient for each row execute function tr();
      create policy p on patient using (true); create rule r as on delete to patient do also select 1;
      create type mood as enum ('ok'); create domain d as int; create sequence s; create statistics st on id, mrn from patient;
      create publication pub for table patient;`,
      `drop extension citext; drop schema empty; drop view v; drop materialized view m; drop function f; drop aggregate total(int);
       drop trigger t on patient; drop policy p on patient; drop rule r on patient; drop type mood; drop domain d; drop sequence s;
       drop statistics st; drop publication pub; refresh materialized view stays with no data`,
    );

    expect([...bad(findings)].sort()).toEqual([
      'failed inventory.object-missing extension citext',
      'failed inventory.object-missing function public.f(a integer)',
      'failed inventory.object-missing function public.total(integer)',
      'failed inventory.object-missing materialised view public.m',
      'failed inventory.object-missing policy public.patient.p',
      'failed inventory.object-missing publication pub',
      'failed inventory.object-missing rule public.patient.r',
      'failed inventory.object-missing schema empty',
      'failed inventory.object-missing sequence public.s',
      'failed inventory.object-missing statistics public.st',
      'failed inventory.object-missing trigger public.patient.t',
      'failed inventory.object-missing type public.d',
      'failed inventory.object-missing type public.mood',
      'failed inventory.object-missing view public.v',
      'failed inventory.view-not-filled public.stays',
    ]);
  });

  test('a changed definition is told and fails nothing', async () => {
    const findings = await after(
      CLINIC,
      'alter table visit alter patient set default 1; alter table patient disable trigger all; alter table patient alter mrn type varchar(80)',
    );

    expect(bad(findings)).toEqual([]);
    expect(codes(findings)).toContain('passed inventory.definition-changed column public.patient.mrn');
  });

  test('P05: large objects', async () => {
    const findings = await after(
      `${CLINIC} select lo_from_bytea(0, 'a document') from generate_series(1, 5)`,
      'select lo_unlink(oid) from pg_largeobject_metadata',
    );

    expect(findings.find(found => found.outcome === 'failed')).toMatchObject({
      code: 'inventory.large-objects-missing',
      expected: 5,
      observed: 0,
    });
  });

  test('P05: large objects that typed references name are missed without any earlier drill', async () => {
    const database =
      await databaseOf(`${CLINIC} create extension lo; create table scan (doc lo); insert into scan select lo_from_bytea(0, 'x') from generate_series(1, 3);
      select lo_unlink(oid) from pg_largeobject_metadata`);

    const { findings } = await askOf(database);

    expect(bad(findings)).toEqual(['failed inventory.large-objects-missing large objects']);
  });

  test('hundreds of losses are fifty and a number', async () => {
    const database = await databaseOf(
      `${CLINIC} do $$ begin for i in 1..80 loop execute format('create view v%s as select 1 as a', i); end loop; end $$`,
    );
    const accepted = await askOf(database);
    await source.sql(database, "do $$ begin for i in 1..80 loop execute format('drop view v%s', i); end loop; end $$");

    const { findings } = await askOf(database, accepted.facts === undefined ? {} : { baseline: accepted.facts });

    expect(findings.filter(found => found.code === 'inventory.object-missing')).toHaveLength(50);
    expect(findings.find(found => found.code === 'inventory.more')).toMatchObject({
      object: 'inventory.object-missing',
      observed: 30,
      outcome: 'failed',
    });
  });
});

describe('rights', () => {
  const WITH_ROLES = `${CLINIC}
    alter table patient owner to clinic_owner;
    grant select, insert on patient to clinic_app; grant select on visit to clinic_app; grant update (mrn) on patient to clinic_app;
    grant select on patient, visit to clinic_reader; grant usage on schema public to clinic_reader;`;

  test('P02: all rows are there and nobody may use them', async () => {
    const findings = await after(WITH_ROLES, 'reassign owned by clinic_owner to postgres; drop owned by clinic_app, clinic_reader');

    expect(bad(findings)).toEqual(['failed inventory.grants-missing grants', 'failed inventory.grants-missing owners']);
    // The seventh is what everybody may do with the schema `public`.
    expect(findings[0]).toMatchObject({ expected: 7, observed: 6 });
  });

  test('one revocation among many is listed and fails nothing', async () => {
    const findings = await after(WITH_ROLES, 'revoke insert on patient from clinic_app');

    expect(bad(findings)).toEqual([]);
    expect(findings.find(found => found.code === 'inventory.grants-missing')).toMatchObject({ required: false, observed: 1, expected: 7 });
  });

  test('settings of the database and of roles', async () => {
    const database = await databaseOf(
      `${CLINIC} do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database()); end $$`,
    );
    const accepted = await askOf(database);
    await source.sql(database, `alter database ${database} reset work_mem`);

    const { findings } = await askOf(database, accepted.facts === undefined ? {} : { baseline: accepted.facts });

    expect(findings.find(found => found.outcome === 'failed')).toMatchObject({
      code: 'inventory.settings-missing',
      expected: 1,
      observed: 0,
    });
  });

  test('role names are kept nowhere', async () => {
    const database = await databaseOf(WITH_ROLES);

    const answer = await askOf(database);

    expect(JSON.stringify(answer)).not.toMatch(/clinic_(app|owner|reader)|postgres/);
    expect(Object.keys(answer.facts?.['grants'] as object)).toContain('relation public.patient');
  });
});

describe('sequences', () => {
  test.each([
    ['lost its position', "select setval('visit_id_seq', 1, false)"],
    ['stands inside of what is in use', "select setval('visit_id_seq', 30)"],
  ])('one that %s would collide', async (_, change) => {
    const database = await databaseOf(CLINIC);
    await source.sql(database, change);

    const { findings } = await askOf(database);

    expect(bad(findings)).toEqual(['failed inventory.sequence-behind public.visit_id_seq']);
  });

  test('one that was behind at an accepted drill already is only listed', async () => {
    const findings = await after(`${CLINIC} select setval('visit_id_seq', 1, false)`, 'select 1');

    expect(bad(findings)).toEqual([]);
    expect(findings.find(found => found.code === 'inventory.sequence-behind')).toMatchObject({ required: false, outcome: 'failed' });
  });

  test.each([
    ['is ahead', "select setval('visit_id_seq', 60)"],
    ['feeds an empty table', 'delete from visit; alter sequence visit_id_seq restart'],
    ['has one placeholder far ahead', 'insert into visit (id, patient) overriding system value values (999999, 1)'],
    [
      'falls',
      "create sequence down increment -1; create table d (id int default nextval('down') primary key); insert into d select from generate_series(1, 5)",
    ],
    [
      'is exhausted',
      "create sequence last maxvalue 9223372036854775807; create table l (id bigint default nextval('last') primary key); insert into l values (9223372036854775807); select setval('last', 9223372036854775807)",
    ],
    ['feeds a column that need not be unique', 'create table loose (n serial); insert into loose values (5)'],
  ])('one that %s is fine', async (_, change) => {
    const database = await databaseOf(CLINIC);
    await source.sql(database, change);

    const { findings } = await askOf(database);

    expect(bad(findings)).toEqual([]);
  });
});

describe('what the dump says of itself', () => {
  test('a listed table that is not there, and fewer rows than were dumped, fail without any earlier drill', async () => {
    const database = await databaseOf(CLINIC);
    const says = {
      tocTables: ['public.patient', 'public.visit', 'public.gone'],
      rowsByTable: { 'public.patient': 2000, 'public.visit': 61, 'public.lost': 3 },
    };

    const { findings } = await askOf(database, { says });

    expect(bad(findings)).toEqual([
      'failed inventory.table-missing table public.gone',
      'failed inventory.table-missing table public.lost',
      'failed inventory.rows-fewer-than-dump rows public.visit',
    ]);
  });

  test('P06: a table without an entry of data was left out; extensions, unlogged tables and line breaks in names are no alarm', async () => {
    const database = await databaseOf(`${CLINIC} delete from visit; create table "odd
name" (a int); create unlogged table cache (a int); create schema geo;
      create extension lo; create table geo.empty (a int)`);
    const listed = ['public.patient', 'public.odd name', 'geo.empty'];

    const { findings } = await askOf(database, { says: { tocTables: listed } });
    const untold = await askOf(database, { says: { tocTables: [] } });

    expect(bad(findings)).toEqual(['failed inventory.data-left-out rows public.visit']);
    expect(bad(untold.findings)).toEqual([]);
  });

  test('a sequence that the dump itself put behind was so in the source', async () => {
    const database = await databaseOf(`${CLINIC} select setval('visit_id_seq', 1, false)`);

    const { findings } = await askOf(database, { says: { tocTables: [], tocEntries: { 'SEQUENCE SET': 1 } } });

    expect(bad(findings)).toEqual([]);
    expect(findings.find(found => found.code === 'inventory.sequence-behind')).toMatchObject({ required: false, outcome: 'failed' });
  });

  test('rows that moved between partitions are no loss', async () => {
    const database = await databaseOf(`create table h (id int) partition by hash (id);
      create table h0 partition of h for values with (modulus 2, remainder 0); create table h1 partition of h for values with (modulus 2, remainder 1);
      insert into h select generate_series(1, 100)`);

    const fine = await askOf(database, { says: { rowsByTable: { 'public.h0': 60, 'public.h1': 40 } } });
    const lost = await askOf(database, { says: { rowsByTable: { 'public.h0': 60, 'public.h1': 41 } } });

    expect(bad(fine.findings)).toEqual([]);
    expect(fine.findings.at(-1)).toMatchObject({ code: 'inventory.rows-ok', expected: 100, observed: 100 });
    expect(bad(lost.findings)).toEqual(['failed inventory.rows-fewer-than-dump rows public.h']);
  });
});

describe('another database', () => {
  test('A01: an empty one fails', async () => {
    const database = await databaseOf("create schema alone; create function alone.f() returns int language sql as 'select 1'");

    const { findings } = await askOf(database);

    expect(bad(findings)).toEqual(['failed inventory.empty']);
  });

  test('one with tables and no row at all fails', async () => {
    const database = await databaseOf('create table a (id int); create table b (id int)');

    const { findings } = await askOf(database);

    expect(bad(findings)).toEqual(['failed inventory.no-rows rows']);
  });

  test('A17: other tables in the place of ours are another database', async () => {
    const findings = await after(CLINIC, 'drop table visit, patient; create table invoice (id int); insert into invoice values (1)');

    expect(bad(findings)).toEqual(['failed inventory.other-database tables']);
  });

  test('A17: the same application of somebody else is told by its rows', async () => {
    const tables = [1, 2, 3, 4, 5, 6]
      .map(i => `create table t${i} (id int); insert into t${i} select generate_series(1, ${i * 100});`)
      .join(' ');
    const findings = await after(
      tables,
      [1, 2, 3, 4, 5, 6]
        .map(i => `truncate t${i}; insert into t${i} select generate_series(1, ${i % 2 === 0 ? i * 10 : i * 900});`)
        .join(' '),
    );

    expect(bad(findings)).toEqual(['failed inventory.other-database tables']);
  });
});

describe('hostile content', () => {
  test('names are only names, and no value of the data is kept', async () => {
    const name = `x"; drop table victim; --\n'\\`;
    const q = `"${name.replaceAll('"', '""')}"`;
    const database = await databaseOf(`
      create table victim (id int primary key); insert into victim values (1);
      create table ${q} (${q} text default 'CANARY-1' check (${q} <> 'CANARY-2'), n int generated by default as identity primary key);
      insert into ${q} values ('CANARY-3'); comment on table victim is 'CANARY-4';
      create view ${q.replace('x', 'v')} as select 'CANARY-5' as a; create function say() returns text language sql as $$ select 'CANARY-6' $$;
      do $$ begin execute format('alter database %I set application_name = ''CANARY-7''', current_database()); end $$`);

    const answer = await askOf(database);

    expect(bad(answer.findings)).toEqual([]);
    expect(JSON.stringify(answer)).not.toContain('CANARY');
    expect(Object.keys(answer.facts?.['rows'] as object)).toContain(`public.${name}`);
  });

  test('an unreadable baseline is no baseline', async () => {
    const database = await databaseOf(CLINIC);

    const answer = await askOf(database, { baseline: { kind: 'inventory', version: 9 } });

    expect(codes(answer.findings)).toEqual(['passed inventory.ok objects', 'passed inventory.rows-ok rows']);
    expect(answer.limitations).toContain('There is no earlier accepted drill of this component to compare with.');
  });
});
