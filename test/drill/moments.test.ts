import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
/** The second of each round in which rows were written, in the middle of it. */
const seconds: number[] = [];

/** A base backup, and then in each of some seconds a segment of the log with rows of its own. */
beforeAll(async () => {
  source = await startArchivingSource();
  at = await bench();
  await source.addRows(ROWS);
  await source.server.client('pg_basebackup', ['-D', join(source.folder, 'base'), '-c', 'fast']);
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(1_300 - (Date.now() % 1_000));
    seconds.push(Math.floor(Date.now() / 1_000));
    await source.addRows(ROWS);
  }
  plan = await at.plan(
    'clinic',
    `contract: { rto: 1h, rpo: 2h }
components:
  database: { backup: { tool: pg-basebackup, from: ${source.folder}, wal: ${source.archive} } }
workflows:
  - { name: Count visits, sql: { component: database, query: select count(*) from visit }, expect: { atLeast: ${ROWS} } }
schedule: { drill: { sweep: { points: 4, every: 1s } } }
`,
  );
}, 120_000);
afterAll(async () => {
  await at.remove();
  await source.stop();
});

/** Rows that had been written by then. */
const rowsBy = (moment: string | null): number => ROWS * (1 + seconds.filter(second => second * 1_000 < Date.parse(moment ?? '')).length);

const seen = (swept: PrintedDrill['sweep'][number], code: string): unknown => swept.findings.find(found => found.code === code)?.observed;

test('one drill proves moments before the chosen one, over one restored base, each as it was then', { timeout: 90_000 }, async () => {
  const { record, ran } = await at.drill(plan);

  expect({ verdict: record.verdict, reasons: record.reasons }, ran.stderr).toEqual({ verdict: 'passed', reasons: [] });
  const newestMs = (seconds.at(-1) ?? 0) * 1_000;
  expect(record.sweep.map(({ verdict, consistentAt }) => [verdict, Date.parse(consistentAt ?? '') - newestMs])).toEqual([
    ['passed', 0],
    ['passed', -1_000],
    ['passed', -2_000],
  ]);
  for (const one of record.sweep) {
    expect(seen(one, 'inventory.rows-ok')).toBe(rowsBy(one.consistentAt));
    expect(one.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['restore.log-replayed', 'workflow.ok', 'service.up']));
  }
  expect(record.phases.filter(({ phase }) => phase === 'fetch')).toHaveLength(1);
  expect(record.limitations.join(' ')).toMatch(/Earlier moments of database were recovered in (?:clones|full copies) of one restored base/);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0 });
  expect(await readdir(join(at.home, 'scratch'))).toEqual([]);
});

test('a damaged segment fails the moments behind it and none before', { timeout: 90_000 }, async () => {
  const archived = (await readdir(source.archive)).filter(name => /^[0-9A-F]{24}$/.test(name)).sort();
  // The one of the round before the last: its name, size and header are right.
  const segment = join(source.archive, archived.at(-2) ?? '');
  const content = await readFile(segment);
  await rm(segment);
  await writeFile(segment, content.fill(0xa5, 20_000, 20_064));

  const { record } = await at.drill(plan);

  expect([record.verdict, record.reasons.includes('sweep.point-bad')]).toEqual(['failed', true]);
  // Of the moment just before it nothing that can be read says that it was reached: whoever recovers to it is refused too.
  expect(record.sweep.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'passed']);
  const failed = record.sweep.map(({ findings }) => findings.find(({ outcome }) => outcome === 'failed')?.code);
  expect(failed).toEqual(['restore.target-not-reached', 'restore.target-not-reached', undefined]);
  expect(record.sweep.slice(-1).map(one => seen(one, 'inventory.rows-ok'))).toEqual([rowsBy(record.sweep.at(-1)?.consistentAt ?? null)]);
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0 });
});
