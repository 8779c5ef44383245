import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeLeftFiles } from '../../src/store/left-files.ts';
import { exists } from '../../src/system/files.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
let home: string;
beforeEach(async () => {
  home = await mkdtemp('/tmp/rsg-left-');
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function put(path: string, ageMs: number): Promise<void> {
  const file = join(home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'half');
  await utimes(file, new Date(NOW - ageMs), new Date(NOW - ageMs));
}

const LEFT = [
  'ledger/lakeside/.4711-k2j3h4.tmp',
  'ledger/lakeside/drills/.4711-9zz.tmp',
  'keys/lakeside/.0123456789abcdef.tmp',
  'locks/drill-lakeside-ehr.lock.0a1b2c3d-1111-4222-8333-0123456789ab.tmp',
  'locks/.probe-4711-1764000000000',
];

test('half-written files of killed processes go once they are a minute old', async () => {
  for (const path of LEFT) await put(path, 61_000);

  const removed = await removeLeftFiles({ path: home }, NOW);

  expect(removed).toBe(LEFT.length);
  for (const path of LEFT) expect(await exists(join(home, path)), path).toBe(false);
});

test('what somebody may be writing, what is whole, and what is not ours stays', async () => {
  const kept = [
    ...['ledger/lakeside/ledger.jsonl', 'ledger/lakeside/plans/tmp.yaml', 'reports/lakeside/notes.tmp', 'locks/running-d-1.json'],
    ...['postgres/data/.4711-k2j3h4.tmp', 'scratch/d-1/.4711-k2j3h4.tmp'],
  ];
  for (const path of kept) await put(path, 3_600_000);
  for (const path of LEFT) await put(path, 59_000);

  const removed = await removeLeftFiles({ path: home }, NOW);

  expect(removed).toBe(0);
  for (const path of [...kept, ...LEFT]) expect(await exists(join(home, path)), relative(home, path)).toBe(true);
});
