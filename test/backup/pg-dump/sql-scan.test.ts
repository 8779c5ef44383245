import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HELD_BYTES, SqlScanner, type Piece, type ScriptSays } from '../../../src/backup/pg-dump/sql-scan.ts';

interface Scanned {
  readonly pieces: readonly Piece[];
  readonly says: ScriptSays;
}

function scanned(script: string | Buffer, cuts: readonly number[] = []): Scanned {
  const bytes = Buffer.from(script);
  const scanner = new SqlScanner();
  const edges = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = edges.slice(1).flatMap((edge, index) => [...scanner.push(bytes.subarray(edges[index], edge))]);
  return { pieces: [...pieces, ...scanner.finish()], says: scanner.says() };
}

/** What must not depend on how the script came in chunks. */
function told({ pieces, says }: Scanned): unknown {
  const merged: { kind: string; what: string; text: string }[] = [];
  for (const piece of pieces) {
    const what = piece.kind === 'rows' ? piece.table : piece.kind === 'command' ? `${piece.name} ${piece.rest} ${piece.midway}` : '';
    const last = merged.at(-1);
    const joins = last?.kind === piece.kind && last.what === what && (piece.kind === 'rows' || piece.kind === 'part');
    if (joins) last.text += piece.bytes.toString('latin1');
    else merged.push({ kind: piece.kind, what, text: piece.bytes.toString('latin1') });
  }
  return { merged, rows: [...says.rows], tables: [...says.tables], complete: says.complete, unfinished: says.unfinished };
}

function statements(script: string): readonly string[] {
  return scanned(script)
    .pieces.filter(piece => piece.kind === 'statement')
    .map(piece => piece.bytes.toString().trim());
}

describe('a statement ends', () => {
  test.each([
    ['at its semicolon', 'select 1; select 2;', 2],
    ['not inside quotes', "select 'a;b', \"c;d\", 'it''s; ok'; select 2;", 2],
    ['not inside a text with backslashes', "select E'a\\';b'; select 2;", 2],
    ['not where such a text goes on after a line break', "select E'a'\n'\\';b'; select 2;", 2],
    ['not inside dollar quotes', 'do $x$ begin; $y$ ; $$ end $x$; select $$;$$; select 3;', 3],
    ['not inside comments', 'select 1 -- a;b\n; /* c; /* d; */ e; */ select 2;', 2],
    ['not inside parentheses', 'create rule r as on insert to t do (select 1; select 2); select 3;', 2],
    [
      'not inside the body of a routine',
      'CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\n SELECT 2;\nEND; select 1;',
      2,
    ],
    ['where a plain quote ends with a backslash', "select 'a\\'; select 2;", 2],
    ['where a name has a dollar sign', 'select a$b; select c$b; select 3;', 3],
  ])('%s', (_, script, count) => {
    expect(statements(script)).toHaveLength(count);
  });

  test('elsewhere once backslashes escape in plain quotes', () => {
    expect(statements("SET standard_conforming_strings = off; select 'a\\';b'; select 2;")).toHaveLength(3);
  });
});

test('rows are counted by table and are no statements', () => {
  const script =
    'COPY public.t (a, b) FROM stdin;\n1\tit\'s; "x" \\N\n2\t\\\\.\n\\.\n\nCOPY "My Schema"."T,1" (a) FROM stdin;\n\\.\nselect 1;\n';
  const { says, pieces } = scanned(script);

  expect([...says.rows]).toEqual([
    ['public.t', 2],
    ['My Schema.T,1', 0],
  ]);
  expect(pieces.filter(piece => piece.kind === 'statement')).toHaveLength(3);
  expect(says.unfinished).toBe(false);
});

test('rows with the line ends of Windows are counted', () => {
  expect([...scanned('COPY t (a) FROM stdin;\r\n1\r\n2\r\n\\.\r\n').says.rows]).toEqual([['t', 2]]);
});

test('commands to psql are seen outside quotes only', () => {
  const script =
    "select '\\! no', E'\\\\', $$\\! no$$ -- \\! no\n; \\! touch pwned\nCOPY t FROM stdin;\n\\! no\n\\.\nselect \\gexec\n;\\connect x\n";
  const commands = scanned(script).pieces.filter(piece => piece.kind === 'command');

  expect(commands.map(({ name, rest, midway }) => [name, rest, midway])).toEqual([
    ['!', 'touch pwned', false],
    ['gexec', '', true],
    ['connect', 'x', false],
  ]);
});

test('what follows a COPY on its line is not let through as rows', () => {
  const { pieces } = scanned('COPY t FROM stdin; \\! touch pwned\n1\n\\.\n');

  expect(pieces[1]).toMatchObject({ kind: 'command', midway: true });
});

test('the end that pg_dump marks is seen, and where there is none', () => {
  expect(scanned('select 1;\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n').says).toMatchObject({
    complete: true,
    unfinished: false,
  });
  expect(scanned("select 1; select '-- PostgreSQL database dump complete\n").says).toMatchObject({ complete: false, unfinished: true });
  expect(scanned('COPY t (a) FROM stdin;\n1\n').says).toMatchObject({ complete: false, unfinished: true });
});

test('tables that the dump holds data of are known from its comments', () => {
  const script = '--\n-- Data for Name: film actor; Type: TABLE DATA; Schema: public; Owner: -\n--\n\n';

  expect([...scanned(script).says.tables]).toEqual(['public.film actor']);
});

test('a long statement is handed on in parts and not held', () => {
  const { pieces, says } = scanned(`insert into t values ('${'x'.repeat(HELD_BYTES)};'); select 1;`);

  expect(pieces.map(piece => piece.kind)).toEqual(['part', 'part', 'statement']);
  expect(pieces[0]).toMatchObject({ words: ['INSERT', 'INTO', 'T', 'VALUES'] });
  expect(says.unfinished).toBe(false);
});

const fragment = fc.constantFrom(
  ...[
    "'",
    "''",
    "E'",
    '"',
    '$$',
    '$a$',
    '$',
    '\\',
    '\\\\',
    '\\.',
    '\\.\n',
    '\\.\r\n',
    '\n',
    '\r\n',
    ';',
    '--',
    '/*',
    '*/',
    '-',
    '/',
    '(',
    ')',
  ],
  ...[
    'COPY t (a) FROM stdin;\n',
    'COPY public."x y" FROM stdin;',
    'SET standard_conforming_strings = off;',
    'CREATE FUNCTION f() BEGIN ATOMIC ',
  ],
  ...[
    'END',
    'CASE',
    ' ',
    '\t',
    'select',
    'E',
    'e1',
    '1',
    'é',
    '-- Data for Name: t; Type: TABLE DATA; Schema: s; Owner: o\n',
    '\\connect x\n',
  ],
  '-- PostgreSQL database dump complete\n',
);

test('where the chunks are cut makes no difference', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 30 }), (fragments, cuts) => {
      const script = fragments.join('');

      expect(told(scanned(script, cuts))).toEqual(told(scanned(script)));
    }),
    { numRuns: 3_000 },
  );
});

test('all pieces together are the script', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 10 }), (fragments, cuts) => {
      const script = Buffer.from(fragments.join(''));
      const { pieces } = scanned(script, cuts);
      // A command amid a statement comes before the statement's piece: psql runs it before, too.
      const length = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);

      expect(length).toBe(script.length);
    }),
    { numRuns: 1_000 },
  );
});
