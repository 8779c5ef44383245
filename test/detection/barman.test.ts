import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Listing } from '../../src/backup/backup.ts';
import { barman } from '../../src/backup/pg-basebackup/barman.ts';
import { copyOf } from '../fixtures/archiving-source.ts';
import { startBarmanSource, type BarmanSource } from '../fixtures/barman-source.ts';
import { accessTo, alarms, recoverFrom, type Recovered } from '../fixtures/recovering.ts';

const run = promisify(execFile);
let made: BarmanSource;
/** One base backup with 100 rows, and the log of 100 more after it. */
beforeAll(async () => {
  made = await startBarmanSource();
  await made.barman('backup', 'doe-jane');
  await made.source.addRows(50);
  await made.source.addRows(50);
  await made.barman('archive-wal', 'doe-jane');
  await made.source.server.stop();
});
afterAll(() => rm(made.source.folder, { recursive: true, force: true }));

/** What comes of a copy of what barman keeps, changed by a script of bash that is in it. */
async function after<T>(script: string, act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await copyOf(made.home);
  try {
    await run('/bin/bash', ['-euc', script], { cwd: folder });
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const recovered = (script: string): Promise<Recovered> => after(script, from => recoverFrom(barman, { from }, { kind: 'pitr' }));
const listed = (script: string): Promise<Listing> =>
  after(script, from => barman.list(accessTo(barman, { from }), new AbortController().signal));

/** One more backup in its catalogue, newer than whatever the beginning made. */
const another = (status: string, id: string): string =>
  `cp -al base/* base/${id}; sed -i 's/^status=.*/status=${status}/' base/${id}/backup.info; rm -r base/${id}/data/global`;
const TODAY = new Date(Date.now() + 3_600_000).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '');

test('a healthy one comes back with all that was archived, without any alarm', async () => {
  const { findings, rows } = await recovered(':');

  expect([alarms(findings).filter(text => !text.endsWith('(note)')), rows]).toEqual([[], 200]);
});

test('a file of the base backup that is gone is found (W02)', async () => {
  const { findings } = await recovered('rm "$(ls base/*/data/base/5/* | grep -E "/[0-9]+$" | tail -1)"');

  expect(alarms(findings)).toContain('backup.files-missing failed');
});

describe('what its folders say is told before anything is fetched', () => {
  test.each([
    ['a newer backup that failed (A05)', another('FAILED', TODAY), 2, ['backup.newer-incomplete failed']],
    ['a newer one that is still being made', another('STARTED', TODAY), 2, ['backup.in-progress skipped (note)']],
    [
      'a newer one of which nobody noted how it ended',
      `${another('DONE', TODAY)}; rm base/${TODAY}/backup.info`,
      2,
      ['backup.status-unknown inconclusive'],
    ],
    [
      'one whose status lies where barman keeps it since 3.13.2',
      'mkdir -p meta; for one in base/*; do mv $one/backup.info meta/${one#base/}-backup.info; done',
      2,
      [],
    ],
    ['a gap in its archive (W08)', 'rm "$(ls wals/*/* | tail -2 | head -1)"', 2, ['backup.wal-gap failed']],
    [
      'a segment that is cut off where it lies (W24)',
      'file=$(ls wals/*/* | tail -1); head -c 20 "$file" > cut; rm "$file"; mv cut "$file"',
      2,
      ['backup.wal-damaged failed'],
    ],
    ['no backup that came to its end', 'sed -i s/^status=.*/status=FAILED/ base/*/backup.info', 0, ['backup.newer-incomplete failed']],
  ])('%s', async (...[, script, points, expected]) => {
    const listing = await listed(script);

    expect([listing.points.length, alarms(listing.findings)]).toEqual([points, expected]);
  });
});
