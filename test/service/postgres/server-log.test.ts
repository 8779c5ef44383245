import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServerLog } from '../../../src/service/postgres/server-log.ts';

const LOG = `2026 LOG: something else
@resurgam 00000 1 LOG:  database system is ready
@resurgam 42P06 12 ERROR:  schema "public" already exists
@resurgam 42P06 12 STATEMENT:  CREATE SCHEMA public
\t  AUTHORIZATION x;
@resurgam 22P02 13 ERROR:  invalid input: "canary
\t@resurgam 42P01 1 ERROR:  forged"
@resurgam 22P02 13 STATEMENT:  COPY t FROM stdin
@resurgam 53100 14 PANIC:  could not write
`;

function read(pieces: readonly Buffer[]): unknown {
  const log = new ServerLog();
  for (const piece of pieces) log.take(piece);
  return log.refused();
}

test('keeps SQLSTATE, severity, backend and statement, and no message', () => {
  expect(read([Buffer.from(LOG)])).toEqual({
    statements: [
      { sqlState: '42P06', severity: 'ERROR', backend: 12, statement: 'CREATE SCHEMA public\n  AUTHORIZATION x;' },
      { sqlState: '22P02', severity: 'ERROR', backend: 13, statement: 'COPY t FROM stdin' },
      { sqlState: '53100', severity: 'PANIC', backend: 14, statement: '' },
    ],
    more: 0,
  });
});

test('reads the same wherever the log is cut', () => {
  const bytes = Buffer.from(LOG);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), cuts => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));

      expect(read(pieces)).toEqual(read([bytes]));
    }),
  );
});

test('keeps only the beginning of a long statement, and counts what it does not keep', () => {
  const log = new ServerLog();
  for (let at = 0; at < 20_010; at += 1) log.take(Buffer.from('@resurgam 42601 9 ERROR:  x\n'));
  log.take(Buffer.from(`@resurgam 42601 9 STATEMENT:  ${'x'.repeat(1_000_000)}\n`));

  const { statements, more } = log.refused();

  expect([statements.length, more]).toEqual([20_000, 10]);
});

test('does not count what we were refused ourselves', () => {
  const log = new ServerLog();
  log.exclude(12);
  log.take(Buffer.from(LOG));

  expect(log.refused().statements.map(one => one.backend)).toEqual([13, 14]);
});
