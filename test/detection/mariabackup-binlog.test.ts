import { cp, mkdir, mkdtemp, open, rm, stat, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backUp, bad, drillBackup, keepLogs } from '../fixtures/mariabackup-drilling.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import type { Recovered } from '../fixtures/recovering.ts';

let source: MariaServer;
let good: string;
/** Logs of the same names, of another history. */
let foreign: string;
let between: string;
/** Around the newest transaction, whose time is in whole seconds. */
let newest: { readonly from: number; readonly to: number };
const counted = 'select count(*) as n from ehr.visit';

/** A backup in the first log; then changes in this one and in three more, and in the third a moment to recover to. */
beforeAll(async () => {
  source = await startMariaServer(['--log-bin=binlog', '--server-id=7']);
  [good, foreign] = [await mkdtemp('/tmp/rsg-mariabackup-binlog-'), await mkdtemp('/tmp/rsg-mariabackup-foreign-')];
  const more = (from: number): string => `use ehr; insert into visit select seq, md5(seq) from seq_${from}_to_${from + 99};`;
  await source.sql(`create database ehr; use ehr; create table visit (id int primary key, note text); ${more(1)}`);
  await source.settle();
  await mkdir(join(good, 'base'));
  await backUp(source, join(good, 'base/full'));
  await source.sql(`${more(101)} flush binary logs`);
  await source.sql(`${more(201)} flush binary logs; ${more(301)}`);
  await sleep(1_100);
  between = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
  await sleep(1_100);
  await source.sql(`${more(401)} create procedure tidy() delete from visit where id < 0; flush binary logs`);
  await checkpointed('binlog.000004');
  const from = Math.floor(Date.now() / 1_000) * 1_000;
  await source.sql(more(501));
  newest = { from, to: Date.now() };
  await keepLogs(source, join(good, 'binlogs'));
  await source.sql(`reset master; set global server_id = 9; ${more(601)} flush binary logs; ${more(701)} flush binary logs`);
  await keepLogs(source, foreign);
});
afterAll(async () => {
  await source.stop();
  await Promise.all([good, foreign].map(folder => rm(folder, { recursive: true, force: true })));
});

/** That the tables no longer need an older log is written into the newest one by the server itself, up to a second later: nothing is to follow the last transaction. */
async function checkpointed(name: string): Promise<void> {
  const noted = async (): Promise<boolean> =>
    (await source.sql(`show binlog events in '${name}'`))
      .split('\n')
      .some(line => line.includes('\tBinlog_checkpoint\t') && line.endsWith(`\t${name}`));
  while (!(await noted())) await sleep(50);
}

function drill(spoil: (store: string) => Promise<unknown>, target?: object): Promise<Recovered> {
  const options = { from: 'STORE/base', binlogs: 'STORE/binlogs', ...(target === undefined ? {} : { target }) };
  return drillBackup({ good, options, spoil, counted });
}

const nothing = (): Promise<void> => Promise.resolve();
const log = (store: string, number: number): string => join(store, `binlogs/binlog.00000${number}`);

describe('binary logs over a backup', () => {
  test('are replayed to the newest transaction, whose time is that of the data', async () => {
    const drilled = await drill(nothing);

    expect([bad(drilled), drilled.rows]).toEqual([[], 600]);
    expect(drilled.point).toMatchObject({ kind: 'pitr', consistentBasis: 'derived' });
    const moment = Date.parse(drilled.point?.consistentAt ?? '');
    expect([moment >= newest.from, moment <= newest.to]).toEqual([true, true]);
    expect(drilled.findings.find(({ code }) => code === 'restore.last-transaction')?.observed).toBe(drilled.point?.consistentAt);
    expect(drilled.findings.find(({ code }) => code === 'restore.binlog-replayed')?.observed).toBe(4);
  });

  test('are replayed to the moment that the plan names and no further', async () => {
    const drilled = await drill(nothing, { time: between });

    expect([bad(drilled), drilled.rows, drilled.point?.consistentAt]).toEqual([[], 400, between]);
  });

  test('that end before the moment of the plan do not pass', async () => {
    const drilled = await drill(nothing, { time: new Date(Date.now() + 60_000).toISOString() });

    expect(bad(drilled)).toEqual(['restore.target-not-reached']);
  });

  test('M21: with a gap lead as far as it, and that is said', async () => {
    const drilled = await drill(store => rm(log(store, 2)));

    expect([bad(drilled), drilled.rows]).toEqual([['backup.binlog-gap'], 200]);
  });

  test('M21: whose first is purged leave the backup alone, and that is said', async () => {
    const drilled = await drill(store => rm(log(store, 1)));

    expect([bad(drilled), drilled.rows, drilled.point?.kind]).toEqual([['backup.binlog-gap'], 100, 'full']);
  });

  test('that are cut in their last transaction come back without it, and that is said', async () => {
    const drilled = await drill(async store => {
      const { size, mtime } = await stat(log(store, 4));
      await truncate(log(store, 4), size - 20);
      await utimes(log(store, 4), mtime, mtime);
    });

    expect([bad(drilled), drilled.rows]).toEqual([['backup.binlog-cut'], 500]);
  });
});

describe('a binary log in the middle', () => {
  test.each([
    ['that is cut is damaged', (store: string) => truncate(log(store, 2), 480), 'backup.binlog-damaged'],
    ['with a byte that was changed is damaged', (store: string) => change(log(store, 3), 900), 'backup.binlog-damaged'],
    ['that is none is damaged', (store: string) => change(log(store, 2), 0), 'backup.binlog-damaged'],
    ['of another history is foreign', (store: string) => cp(join(foreign, 'binlog.000002'), log(store, 2)), 'backup.binlog-foreign'],
  ])('%s', async (_, spoil, code) => {
    const drilled = await drill(spoil);

    expect([bad(drilled), drilled.restored]).toEqual([[code], undefined]);
  });

  test('as the first, of another history, is foreign', async () => {
    const drilled = await drill(store => cp(join(foreign, 'binlog.000001'), log(store, 1)));

    expect(bad(drilled)).toEqual(['backup.binlog-foreign']);
  });
});

test('a backup of a server without binary logs cannot be led on', async () => {
  const drilled = await drill(store => rm(join(store, 'base/full/xtrabackup_binlog_info')));

  expect([bad(drilled), drilled.rows, drilled.point?.kind]).toEqual([['backup.binlog-position-unknown'], 100, 'full']);
});

async function change(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from([0xaa]), 0, 1, at);
  await file.close();
}
