import { cp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { startArchivingSource, type ArchivingSource } from '../fixtures/archiving-source.ts';

const ROUNDS = 5;
const ROWS = 300;
let source: ArchivingSource;
let at: Bench;
let plan: string;
/** So many that the moment before the last but two rounds is one of them: on a busy machine a round takes more than a second. */
let points: number;
/** The second of each round in which rows were written, soon after it began: also what a busy machine commits late is of it. */
const seconds: number[] = [];

/** A base backup, and then in each of some seconds a segment of the log with rows of its own. */
beforeAll(async () => {
  source = await startArchivingSource({ full_page_writes: 'on', autovacuum: 'off' });
  at = await bench();
  await source.addRows(ROWS);
  await source.server.client('pg_basebackup', ['-D', join(source.folder, 'base'), '-c', 'fast']);
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(1_050 - (Date.now() % 1_000));
    seconds.push(Math.floor(Date.now() / 1_000));
    // The oldest rows are written anew in the round before the last: the log holds their whole page from then on.
    if (round === ROUNDS - 2) await source.server.sql('ehr', 'update visit set at = at where n <= 5');
    await source.addRows(ROWS);
  }
  points = (seconds.at(-1) ?? 0) - (seconds.at(-3) ?? 0) + 2;
  plan = await planOver('clinic', source.folder);
});
afterAll(async () => {
  await at.remove();
  await source.stop();
});

function planOver(name: string, from: string): Promise<string> {
  return at.plan(
    name,
    `contract: { rto: 1h, rpo: 2h }
components:
  database: { backup: { tool: pg-basebackup, from: ${from}, wal: ${source.archive} } }
workflows:
  - { name: Count visits, sql: { component: database, query: select count(*) from visit }, expect: { atLeast: ${ROWS} } }
schedule: { drill: { sweep: { points: ${points}, every: 1s } } }
`,
  );
}

/** Rows that had been written by then. */
const rowsBy = (moment: string | null): number => ROWS * (1 + seconds.filter(second => second * 1_000 < Date.parse(moment ?? '')).length);

/** Whether the log ends, for this moment, before the rows of a round (-1: the last) were there for all. */
const endsBefore = (round: number, { consistentAt }: PrintedDrill['sweep'][number]): boolean =>
  Date.parse(consistentAt ?? '') <= (seconds.at(round) ?? 0) * 1_000;

const seen = (swept: PrintedDrill['sweep'][number], code: string): unknown => swept.findings.find(found => found.code === code)?.observed;

test('one drill proves moments before the chosen one, over one restored base, each as it was then', async () => {
  const { record, ran } = await at.drill(plan);

  expect({ verdict: record.verdict, reasons: record.reasons }, ran.stderr).toEqual({ verdict: 'passed', reasons: [] });
  const newestMs = (seconds.at(-1) ?? 0) * 1_000;
  expect(record.sweep.map(({ verdict, consistentAt }) => [verdict, newestMs - Date.parse(consistentAt ?? '')])).toEqual(
    Array.from({ length: points - 1 }, (_, at) => ['passed', at * 1_000]),
  );
  for (const one of record.sweep) {
    expect(seen(one, 'inventory.rows-ok')).toBe(rowsBy(one.consistentAt));
    expect(one.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['restore.log-replayed', 'workflow.ok', 'service.up']));
  }
  expect(record.phases.filter(({ phase }) => phase === 'fetch')).toHaveLength(1);
  expect(record.limitations.join(' ')).toMatch(/Earlier moments of database were recovered in (?:clones|full copies) of one restored base/);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0 });
  expect(await readdir(join(at.home, 'scratch'))).toEqual([]);
});

test('a page that is damaged in the base backup fails the moments at which the log had not yet replaced it', async () => {
  const from = join(at.folder, 'damaged');
  const { rows } = await source.server.sql('ehr', `select pg_relation_filepath('visit') as path`);
  const page = join(from, 'base', (rows as { path: string }[])[0]?.path ?? '');
  await cp(join(source.folder, 'base'), join(from, 'base'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  // Its manifest would tell, and not every base backup has one.
  await rm(join(from, 'base/backup_manifest'));
  const { atime, mtime } = await stat(page);
  await writeFile(page, (await readFile(page)).fill(0xa5, 200, 264));
  await utimes(page, atime, mtime);

  const { record } = await at.drill(await planOver('damaged', from));

  expect([record.verdict, record.reasons]).toEqual(['failed', ['sweep.point-bad']]);
  // The log of a moment goes up to the next commit, and the page comes before the one of the update.
  expect(record.sweep.map(({ verdict }) => verdict)).toEqual(record.sweep.map(one => (endsBefore(-3, one) ? 'failed' : 'passed')));
  expect(record.sweep.at(-1)?.findings.map(({ code }) => code)).toContain('integrity.table-unreadable');
});

test('a damaged segment fails the moments behind it and none before', async () => {
  const archived = (await readdir(source.archive)).filter(name => /^[0-9A-F]{24}$/.test(name)).sort();
  // The one of the round before the last: its name, size and header are right.
  const segment = join(source.archive, archived.at(-2) ?? '');
  const content = await readFile(segment);
  await rm(segment);
  await writeFile(segment, content.fill(0xa5, 20_000, 20_064));

  const { record } = await at.drill(plan);

  expect([record.verdict, record.reasons.includes('sweep.point-bad')]).toEqual(['failed', true]);
  // The update is the last that can be read.
  expect(record.sweep.map(({ verdict }) => verdict)).toEqual(record.sweep.map(one => (endsBefore(-2, one) ? 'passed' : 'failed')));
  expect(record.sweep[0]?.findings.find(({ outcome }) => outcome === 'failed')?.code).toBe('restore.target-not-reached');
  expect(record.sweep.slice(-1).map(one => seen(one, 'inventory.rows-ok'))).toEqual([rowsBy(record.sweep.at(-1)?.consistentAt ?? null)]);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0 });
});
