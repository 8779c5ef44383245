import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemsJson, problemsText } from '../../src/cli/problems.ts';
import { loadPlan } from '../../src/plan/load.ts';
import { bytes, FIVE_LINES, vocabulary } from '../plan/vocabulary.ts';

const PLAIN = { colour: false, columns: 80, unicode: true };
const FILE = join(process.cwd(), 'plans/lakeside/ehr.yaml');

function load(text: string): ReturnType<typeof loadPlan> {
  return loadPlan({ file: FILE, bytes: bytes(text) }, vocabulary);
}

describe('on a terminal', () => {
  test('a problem is shown with its place, its line, a mark and what to do', () => {
    const { problems } = load(`${FIVE_LINES}contract:\n  rto: 4 hours\nlimts: { time: 4h }\n`);

    expect(problemsText({ problems }, PLAIN))
      .toBe(`plans/lakeside/ehr.yaml:7:8  error  contract.rto: expected a duration such as 4h or 1h30m, found "4 hours"
    7 |   rto: 4 hours
               ^
plans/lakeside/ehr.yaml:8:1  error  limts: unknown key "limts", did you mean "limits"?
    8 | limts: …
        ^
    Write "limits".
`);
  });

  test('the last line says of how many plans', () => {
    const loaded = [
      load(FIVE_LINES),
      load(FIVE_LINES),
      load(FIVE_LINES.replace('tool', 'tol').replace('client: lakeside', 'client: Lakeside')),
    ];
    const problems = loaded.flatMap(one => one.problems);

    const text = problemsText({ loaded, problems }, PLAIN);

    expect(text.trimEnd().split('\n').at(-1)).toBe('3 plans read: 2 valid, 1 with 2 errors, 4 warnings');
  });

  test('no plan at all is not counted as well', () => {
    const problem = { severity: 'error', file: '/x', line: 1, column: 1, path: '', message: 'not there', hint: null } as const;

    expect(problemsText({ loaded: [], problems: [problem] }, PLAIN)).toContain('0 plans read: 0 valid, 1 error elsewhere');
  });

  test('colours are used where they are shown, and only there', () => {
    const { problems } = load('plan: 1\n');

    expect(problemsText({ problems }, { ...PLAIN, colour: true })).toContain('\u001b[');
    expect(problemsText({ problems }, PLAIN)).not.toContain('\u001b');
  });

  test('nothing in a file can give orders to the terminal', () => {
    const { problems } = load(`plan: "\\e[2J"\n"\\e]0;title\\a": 1\n`);

    expect(problemsText({ problems }, PLAIN)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

test('for machines it is one JSON object with counts and without lines of the file', () => {
  const loaded = [load(FIVE_LINES.replace('tool: pg-dump', 'tool: pgdump'))];

  const printed: unknown = JSON.parse(problemsJson({ loaded, problems: loaded[0]?.problems ?? [] }));

  expect(printed).toEqual({
    read: 1,
    valid: 0,
    errors: 1,
    warnings: 0,
    problems: [
      {
        severity: 'error',
        file: FILE,
        line: 5,
        column: 21,
        path: 'components.database.backup.tool',
        message: 'expected one of pg-dump, wal-archive, found "pgdump", did you mean "pg-dump"?',
        hint: null,
      },
    ],
  });
});
