import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/backup/pg-dump/error-rules.ts';
import { extensionMade } from '../../../src/backup/pg-dump/extensions.ts';
import { readCommand } from '../../../src/backup/pg-dump/restore-command.ts';
import { findingsOf } from '../../../src/backup/pg-dump/restore-findings.ts';
import { openingTrouble } from '../../../src/backup/opening.ts';
import { ListReader } from '../../../src/backup/pg-dump/restore-list.ts';
import { objectOf } from '../../../src/backup/pg-dump/restore-object.ts';
import { archiveTrouble, canRestrict, ignoredErrors, neededMajor } from '../../../src/backup/pg-dump/restore-tools.ts';
import { rolesIn } from '../../../src/backup/pg-dump/roles.ts';
import { tokensOf } from '../../../src/backup/pg-dump/sql-statement.ts';
import type { ToolResult } from '../../../src/system/process.ts';

function ended(exitCode: number | undefined, stderr = ''): ToolResult {
  return { exitCode, stderr, signal: undefined, timedOut: false, stopped: false, durationMs: 1, stdout: '', droppedBytes: 0 };
}

function refused(sqlState: string, statement: string) {
  return judge({ sqlState, statement, severity: 'ERROR', backend: 7 });
}

describe('roles that a statement refers to', () => {
  test.each([
    ['ALTER TABLE public.t OWNER TO clinic_owner;', ['clinic_owner']],
    ['ALTER FUNCTION public.f(a integer, b text) OWNER TO "Dr. X";', ['Dr. X']],
    ['GRANT SELECT,INSERT ON TABLE public.t TO reader, "w r" WITH GRANT OPTION;', ['reader', 'w r']],
    ['GRANT ALL ON SCHEMA public TO PUBLIC;', []],
    ['GRANT grp TO member WITH ADMIN OPTION GRANTED BY boss;', ['member', 'boss', 'grp']],
    ['REVOKE ALL ON TABLE t FROM PUBLIC, old;', ['old']],
    ['ALTER DEFAULT PRIVILEGES FOR ROLE maker IN SCHEMA s GRANT SELECT ON TABLES TO reader;', ['reader', 'maker']],
    ["SET SESSION AUTHORIZATION 'somebody';", ['somebody']],
    ['SET SESSION AUTHORIZATION DEFAULT;', []],
    ['CREATE POLICY p ON public.t FOR SELECT TO grp, other USING ((id = 1));', ['grp', 'other']],
    ['CREATE POLICY "to" ON t USING (true);', []],
    ['CREATE SCHEMA s AUTHORIZATION o;', ['o']],
    ["CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'x');", ['u']],
    ['ALTER ROLE r IN DATABASE d SET search_path TO x;', ['r']],
    ['GRANT pg_read_all_data TO reader;', ['reader']],
    ["COMMENT ON TABLE t IS 'OWNER TO nobody';", []],
    ['CREATE TABLE t (owner text, "to" text);', []],
  ])('%s', (statement, roles) => {
    expect(rolesIn(tokensOf(statement))).toEqual(roles);
  });
});

describe('what a refused statement means', () => {
  test.each([
    ['42P06', 'CREATE SCHEMA public;', 'harmless'],
    ['42P06', 'CREATE SCHEMA audit;', 'unexplained'],
    ['42710', 'CREATE PROCEDURAL LANGUAGE plpgsql;', 'harmless'],
    ['42710', 'CREATE TYPE t AS ENUM ();', 'unexplained'],
    ['42704', 'SET transaction_timeout = 0;', 'harmless'],
    ['42704', 'SET our_setting = 0;', 'unexplained'],
    ['42P01', 'DROP TABLE public.t;', 'harmless'],
    ['42P01', 'ALTER TABLE ONLY public.t DROP CONSTRAINT t_pkey;', 'harmless'],
    ['42P01', 'ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);', 'unexplained'],
    ['2BP01', 'DROP TABLE public.t;', 'unexplained'],
    ['0A000', 'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;', 'extension-missing'],
    ['3F000', 'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA gone;', 'unexplained'],
    ['58P01', "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '$libdir/x', 'f';", 'library-missing'],
    ['42704', 'CREATE TABLE t (a text COLLATE pg_catalog."xx_YY");', 'collation-missing'],
    ['53100', 'COPY t (a) FROM stdin;', 'disk-full'],
    ['53200', 'CREATE INDEX i ON t (a);', 'out-of-memory'],
    ['57P01', '', 'server-ended'],
    ['08006', 'COPY t FROM stdin;', 'client-left'],
    ['23505', 'COPY t (a) FROM stdin;', 'unexplained'],
  ])('%s %s: %s', (sqlState, statement, meaning) => {
    expect(refused(sqlState, statement).meaning).toBe(meaning);
  });
});

describe('the object of a statement', () => {
  test.each([
    ['ALTER TABLE ONLY public.t ADD CONSTRAINT t_fk FOREIGN KEY (a) REFERENCES u(a);', 'public.t.t_fk'],
    ['CREATE UNIQUE INDEX t_idx ON public.t USING btree (a);', 't_idx'],
    ['CREATE OR REPLACE FUNCTION s.f(a int) RETURNS int LANGUAGE sql AS $$ select 1 $$;', 's.f'],
    ['CREATE MATERIALIZED VIEW s."My View" AS SELECT 1;', 's.My View'],
    ['CREATE TRIGGER tr AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION f();', 'public.t'],
    ['CREATE POLICY p ON public.t;', 'public.t'],
    ['COPY public.t (a) FROM stdin;', 'public.t'],
    ['GRANT SELECT ON TABLE public.t TO secret_role;', 'public.t'],
    ['GRANT secret_role TO other;', null],
    ['CREATE ROLE secret_role;', null],
    ['ALTER ROLE secret_role SET x TO y;', null],
    ['ALTER TABLE public.t OWNER TO secret_role;', 'public.t'],
    ["INSERT INTO t VALUES ('secret');", 't'],
    ["SELECT 'secret';", null],
    ["DO $$ begin raise 'secret'; end $$;", null],
  ])('%s', (statement, object) => {
    expect(objectOf(tokensOf(statement))).toBe(object);
  });
});

describe('a command to psql', () => {
  test.each([
    ['restrict', 'aB3', { kind: 'none' }],
    ['connect', 'clinic', { kind: 'connect', database: 'clinic' }],
    ['connect', '-reuse-previous=on "dbname=\'My Clinic\'"', { kind: 'connect', database: 'My Clinic' }],
    ['connect', '"host=elsewhere dbname=x"', { kind: 'unexpected' }],
    ['connect', 'clinic postgres elsewhere', { kind: 'unexpected' }],
    ['c', '`id`', { kind: 'reaches-out', command: 'backquotes' }],
    ['encoding', "'UTF8'", { kind: 'encoding', encoding: 'UTF8' }],
    ['!', 'id', { kind: 'reaches-out', command: '\\!' }],
    ['N', '1', { kind: 'unexpected' }],
  ] as const)('\\%s %s', (name, rest, command) => {
    expect(readCommand({ name, rest, midway: false })).toEqual(command);
  });

  test('amid a statement is never what pg_dump wrote', () => {
    expect(readCommand({ name: 'connect', rest: 'x', midway: true })).toEqual({ kind: 'unexpected' });
  });
});

describe('how a tool ended', () => {
  test.each([
    ['pg_restore: error: could not read from input file: end of file', 'restore.truncated'],
    ['pg_restore: error: could not uncompress data: incorrect data check', 'restore.corrupt'],
    ['pg_restore: error: input file does not appear to be a valid archive', 'restore.corrupt'],
    ['pg_restore: error: unsupported version (1.16) in file header', 'restore.newer-format'],
    ['pg_restore: error: could not execute query: ERROR:  unexpected end of file\nCommand was: x', undefined],
    ['Command was: could not read from input file', undefined],
  ])('%s', (stderr, code) => {
    expect(archiveTrouble(ended(1, stderr))).toBe(code);
  });

  test('errors that pg_restore passed over are counted', () => {
    expect(ignoredErrors(ended(1, 'x\npg_restore: warning: errors ignored on restore: 12\n'))).toBe(12);
  });

  test('an unknown exit of an opener is neither success nor damage', () => {
    expect(openingTrouble('gzip', ended(0))).toBeUndefined();
    expect(openingTrouble('gzip', ended(2))).toBeUndefined();
    expect(openingTrouble('zstd', ended(2))?.code).toBe('restore.unknown-exit');
    expect(openingTrouble('xz', ended(127))?.code).toBe('restore.tool-missing');
    expect(openingTrouble('xz', ended(1, 'xz: (stdin): Unexpected end of input'))?.code).toBe('restore.truncated');
    expect(openingTrouble('gzip', ended(1, 'gzip: stdin: invalid compressed data--crc error'))?.code).toBe('restore.corrupt');
  });

  test('the pg_restore that is needed follows from the archive', () => {
    expect([neededMajor('1.14', 15), neededMajor('1.16', 18), neededMajor('1.99', 21), neededMajor(null, undefined)]).toEqual([
      12,
      17,
      21,
      null,
    ]);
  });

  test('P15: only newer minor releases of psql know \\restrict', () => {
    expect(['15.14', '15.13', '16.10', '17.6', '17.5', '18.0', '12.22'].map(canRestrict)).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('findings of refused statements', () => {
  const base = { uncounted: 0, limit: undefined, alive: true, damaged: false, lacking: false };

  test('a full disk makes everything after it inconclusive', () => {
    const errors = [
      refused('53100', 'COPY a FROM stdin;'),
      refused('23503', 'ALTER TABLE ONLY b ADD CONSTRAINT b_fk FOREIGN KEY (a) REFERENCES a(a);'),
    ];

    expect(findingsOf({ ...base, errors }).map(found => [found.code, found.outcome])).toEqual([
      ['restore.sandbox-disk-full', 'inconclusive'],
      ['restore.constraint-not-restored', 'inconclusive'],
    ]);
  });

  test('a missing extension excuses what is not there, but no damaged value', () => {
    const errors = [
      refused('42704', 'CREATE TABLE a (g geometry);'),
      refused('23505', 'ALTER TABLE ONLY b ADD CONSTRAINT b_pkey PRIMARY KEY (a);'),
    ];

    expect(findingsOf({ ...base, errors, lacking: true }).map(found => [found.code, found.outcome])).toEqual([
      ['restore.constraint-not-restored', 'failed'],
      ['restore.errors', 'inconclusive'],
    ]);
  });

  test('errors that only the client counted are not forgotten', () => {
    expect(findingsOf({ ...base, errors: [], uncounted: 2 })).toMatchObject([{ code: 'restore.errors', outcome: 'failed', observed: 2 }]);
  });

  test('a client that left over a damaged archive is no error of its own', () => {
    const errors = [refused('08006', 'COPY a FROM stdin;')];

    expect(findingsOf({ ...base, errors, damaged: true })).toEqual([]);
    expect(findingsOf({ ...base, errors })).toHaveLength(1);
  });

  test('many broken rules are not all listed, but all counted', () => {
    const errors = Array.from({ length: 50 }, (_, at) => refused('23505', `ALTER TABLE t ADD CONSTRAINT c${at} UNIQUE (a);`));
    const findings = findingsOf({ ...base, errors });

    expect(findings).toHaveLength(21);
    expect(findings.at(-1)).toMatchObject({ code: 'restore.errors', observed: 30 });
  });
});

test('names with spaces in a list of an archive are told apart by what it defines', () => {
  const list = new ListReader();
  list.take(Buffer.from(';\n; Archive created\n3; 0 16386 TABLE DATA My Lab Re'));
  list.take(
    Buffer.from(
      'sults 1 Dr. Owner\n4; 0 0 SEQUENCE SET public s o\n5; 2606 1 FK CONSTRAINT public t t_fk o\n6; 0 2 TABLE DATA public t o\n',
    ),
  );

  const says = list.says(new Set(['My Lab.Results 1']));

  expect(says).toEqual({ tables: ['My Lab.Results 1', 'public.t'], kinds: { 'TABLE DATA': 2, 'SEQUENCE SET': 1, 'FK CONSTRAINT': 1 } });
});

test('extensions are known by name', () => {
  expect(extensionMade(tokensOf('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;'))).toBe('uuid-ossp');
});
