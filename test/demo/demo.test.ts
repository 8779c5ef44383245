import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDemo, type DemoDrill } from '../../src/demo/demo.ts';

const run = promisify(execFile);
const PG_RESTORE = '/usr/lib/postgresql/15/bin/pg_restore';
let checkout = '';
let kept = '';
beforeAll(async () => {
  checkout = await mkdtemp('/tmp/rsg-demo-');
  kept = join(checkout, '.cache/demo/backups/ehr');
});
afterAll(() => rm(checkout, { recursive: true, force: true }));

/** Looks at the backups as pg_restore sees them, in the place of a drill. */
async function look(): Promise<{ readonly dumps: readonly string[]; readonly newest: string; readonly whole: boolean }> {
  const dumps = (await readdir(kept)).filter(name => name.endsWith('.dump')).sort();
  const file = join(kept, dumps.at(-1) ?? '');
  const { stdout } = await run(PG_RESTORE, ['-l', file]);
  const whole = await run(PG_RESTORE, ['-f', '/dev/null', file]).then(
    () => true,
    () => false,
  );
  return { dumps, newest: stdout, whole };
}

const answer = (verdict: string, reasons: readonly string[]): DemoDrill => ({
  verdict,
  exitCode: verdict === 'passed' ? 0 : 1,
  reportFile: '/report.html',
  reasons,
});

test('the demo drills a whole backup, one that was cut off and one without a table', async () => {
  const seen: Awaited<ReturnType<typeof look>>[] = [];
  const answers = [answer('passed', []), answer('failed', ['restore.truncated']), answer('failed', ['inventory.object-missing'])];
  const said: string[] = [];
  const drill = async (): Promise<DemoDrill> => {
    seen.push(await look());
    return answers[seen.length - 1] as DemoDrill;
  };
  const request = { drill, say: (line: string) => said.push(line), home: join(checkout, 'home'), checkout, rows: 5_000 };

  const right = await runDemo({ ...request, stop: new AbortController().signal });

  expect(right).toBe(true);
  expect(seen.map(({ dumps, whole }) => [dumps.length, whole])).toEqual([
    [1, true],
    [2, false],
    [2, true],
  ]);
  expect(seen.map(({ newest }) => newest.includes('TABLE DATA clinic allergy'))).toEqual([true, true, false]);
  expect(await readFile(join(kept, 'globals.sql'), 'utf8')).toContain('CREATE ROLE clinic_owner');
  expect(said.join('\n')).toContain('failed, as it must be');
});

test('the demo says so when a verdict is not the right one', async () => {
  const said: string[] = [];
  const request = { drill: () => Promise.resolve(answer('passed', [])), say: (line: string) => said.push(line), checkout, rows: 2_000 };

  const right = await runDemo({ ...request, home: join(checkout, 'home'), stop: new AbortController().signal });

  expect(right).toBe(false);
  expect(said.join('\n')).toContain('but the demo expects: failed');
});

test('a demo that is stopped leaves no server and no folder', async () => {
  const stop = new AbortController();
  const say = (line: string): void => {
    if (line.startsWith('Taking')) stop.abort();
  };

  const demo = runDemo({
    drill: () => Promise.reject(new Error('not reached')),
    say,
    home: join(checkout, 'home'),
    checkout,
    rows: 2_000,
    stop: stop.signal,
  });

  await expect(demo).rejects.toThrow();
  expect(existsSync(join(checkout, '.cache/demo/source'))).toBe(false);
});
