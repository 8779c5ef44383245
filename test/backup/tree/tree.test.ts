import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tree } from '../../../src/backup/archive/tree.ts';
import type { Listing } from '../../../src/backup/backup.ts';
import { access, DOCUMENTS, never, place, restored, said, type Place } from '../archive/archives.ts';

let made: Place;
beforeAll(async () => {
  made = await place(DOCUMENTS);
});
afterAll(() => made[Symbol.asyncDispose]());

/** A place of backups that a shell made of `$SRC`. */
async function backups(script: string): Promise<Place> {
  const at = await place();
  await at.shell(`SRC=${made.folder}/src; ${script}`);
  return at;
}

function listing(from: string, more: Readonly<Record<string, unknown>> = {}): Promise<Listing> {
  return tree.list(access(from, more), never);
}

const moments = ({ points }: Listing): readonly unknown[] =>
  points.map(({ consistentAt, consistentBasis }) => [consistentAt, consistentBasis]);

test('dated folders are points, by the times in their names; links to them are not', async () => {
  await using at = await backups(
    'rsync -a $SRC/ 2026-11-01T0200Z; rsync -a --link-dest=../2026-11-01T0200Z $SRC/ 2026-11-02T0200Z; ln -s 2026-11-02T0200Z latest; mkdir notes',
  );

  const come = await listing(at.folder);

  expect(moments(come)).toEqual([
    ['2026-11-02T02:00:00.000Z', 'declared'],
    ['2026-11-01T02:00:00.000Z', 'declared'],
  ]);
  expect(said(come.findings).filter(text => !text.startsWith('backup.redated'))).toEqual([]);
  expect(JSON.stringify(come.points.map(point => ({ ...point, handle: {} })))).not.toContain('T0200Z');
});

test('a marker says the moment, and a folder without it is unfinished', async () => {
  await using at = await backups(
    'for n in 0 1 2; do rsync -a $SRC/ daily.$n; done; echo "ended 2026-11-02T03:00:00+01:00" > daily.0/.done; echo 2026-11-01T02:00:00Z > daily.2/.done',
  );

  const marked = await listing(at.folder, { marker: '.done' });
  const all = await listing(at.folder);

  expect(moments(marked)).toEqual([
    ['2026-11-02T02:00:00.000Z', 'derived'],
    ['2026-11-01T02:00:00.000Z', 'derived'],
  ]);
  expect(said(marked.findings)).toContain('backup.newer-incomplete failed (note)');
  expect(moments(all)).toEqual([
    [null, 'not-tested'],
    [null, 'not-tested'],
    [null, 'not-tested'],
  ]);
});

describe('one folder that is overwritten', () => {
  test('is one point, whose moment only a marker can tell', async () => {
    await using at = await backups('rsync -a $SRC/ .; echo 2026-11-02T02:00:00Z > .done');

    expect(moments(await listing(at.folder))).toEqual([[null, 'not-tested']]);
    expect(moments(await listing(at.folder, { marker: '.done' }))).toEqual([['2026-11-02T02:00:00.000Z', 'derived']]);
  });

  test('and was emptied by its mirror is none (F18)', async () => {
    await using at = await backups('rsync -a $SRC/ .; mkdir ../e; rsync -a --delete ../e/ .; rmdir ../e');

    expect(await listing(at.folder)).toMatchObject({ points: [], findings: [] });
  });
});

test('the newest folder that is empty is bad news, an older one a note (F07)', async () => {
  await using newer = await backups('rsync -a $SRC/ 2026-11-01T0200Z; mkdir 2026-11-02T0200Z');
  await using older = await backups('mkdir 2026-11-01T0200Z; rsync -a $SRC/ 2026-11-02T0200Z');

  expect(said((await listing(newer.folder)).findings)).toContain('backup.empty failed');
  expect(said((await listing(older.folder)).findings)).toContain('backup.empty failed (note)');
});

test('what comes back is what was there, with its holes and attributes, and says how much it was', async () => {
  await using at = await backups(
    'rsync -aSX $SRC/ 2026-11-02T0200Z; cd 2026-11-02T0200Z; setfattr -n user.ward -v 7 run; sha256sum run > SUMS',
  );

  await using come = await restored(at.folder, { tool: tree, options: { digests: 'SUMS' } });

  const print = (folder: string): string =>
    execFileSync('/bin/bash', ['-c', "find . -printf '%P %y %s %l\\n' | grep -v ' d ' | sort; getfattr -d run"], {
      cwd: folder,
      encoding: 'latin1',
    });
  expect(said(come.restored.findings)).toEqual(['restore.ok passed']);
  expect(print(come.folder)).toBe(print(join(at.folder, '2026-11-02T0200Z')));
  expect(come.restored.says).toEqual({ files: { files: 45, bytes: null, attributed: 1, digests: 'SUMS' } });
});
