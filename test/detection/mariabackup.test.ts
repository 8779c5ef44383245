import { execFile } from 'node:child_process';
import { cp, mkdtemp, open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/finding/finding.ts';
import type { StoreAccess } from '../../src/backup/backup.ts';
import { mariabackup } from '../../src/backup/mariabackup/tool.ts';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { mariadbService } from '../../src/service/mariadb/mariadb.ts';
import { bareJail } from '../fixtures/bare-jail.ts';
import { startMariaServer, type MariaServer } from '../fixtures/maria-server.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';

const run = promisify(execFile);
let source: MariaServer;
let good: string;

/** A full backup and two increments of a source that is written to in between. */
beforeAll(async () => {
  source = await startMariaServer();
  good = await mkdtemp('/tmp/rsg-mariabackup-');
  await source.sql(`create database ehr; use ehr;
    create table patient (id int auto_increment primary key, name varchar(100), key (name));
    insert into patient (name) select md5(seq) from seq_1_to_20000;
    create table \`lab-würde\` (id int primary key) partition by hash (id) partitions 2;
    create table letter (id int primary key, body text, fulltext (body));
    create table note (id int primary key, body text); insert into note select seq, md5(seq) from seq_1_to_500;`);
  const backup = (name: string, base?: string): Promise<string> =>
    source.client('mariabackup', [
      ...['--backup', `--datadir=${source.data}`, `--target-dir=${join(good, name)}`],
      ...(base === undefined ? [] : [`--incremental-basedir=${join(good, base)}`]),
    ]);
  await source.settle();
  await backup('full');
  await source.sql('use ehr; insert into note select seq, md5(seq) from seq_501_to_1000');
  await backup('inc-1', 'full');
  await source.sql('use ehr; insert into note select seq, md5(seq) from seq_1001_to_1500');
  await backup('inc-2', 'inc-1');
}, 120_000);
afterAll(async () => {
  await source.stop();
  await rm(good, { recursive: true, force: true });
});

function accessTo(from: string): StoreAccess {
  const none = { atLeast: null, offSite: null, locked: null };
  const size = { atLeastBytes: null, shrink: null, grow: null };
  return {
    section: { tool: 'mariabackup', job: null, size, copies: none, encrypted: 'optional', options: { from } },
    env: {},
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(64, '0'),
    // Long enough after the backups for none of them to be in the making.
    now: () => new Date(Date.now() + 3_600_000).toISOString(),
  };
}

interface Drilled {
  readonly kinds: readonly string[];
  readonly findings: readonly Finding[];
  readonly notes: unknown;
}

/** list → fetch → restore → open → integrity, of the newest point; what was found that did not pass. */
async function drill(spoil: (folder: string) => Promise<unknown>): Promise<Drilled> {
  const store = await mkdtemp('/tmp/rsg-store-');
  const staging = await mkdtemp('/tmp/rsg-staged-');
  await using jail = await bareJail();
  try {
    await cp(good, store, { recursive: true, preserveTimestamps: true });
    await spoil(store);
    const listing = await mariabackup.list(accessTo(store), GO_ON);
    const [point] = listing.points;
    if (point === undefined) return { kinds: [], findings: listing.findings, notes: null };
    const staged = await mariabackup.fetch(point, { store: accessTo(store), staging, progress: () => undefined }, GO_ON);
    await run('chmod', ['-R', 'a+rX', staging]);
    const folder = await jail.makeFolder('restored');
    const at = { jail, folder, progress: () => undefined, toolLog: () => undefined };
    const restored = await mariabackup.restore(staged, { ...at, server: undefined, parallel: 2, pseudonym: text => text }, GO_ON);
    const kinds = listing.points.map(({ kind }) => kind);
    const before = [...listing.findings.filter(({ required }) => required), ...restored.findings];
    if (!restored.usable) return { kinds, findings: before, notes: null };
    const reading = { file: '', args: [], paths: [] };
    const opened = await mariadbService().open({ ...at, section: null, needs: point.needs, restored, staged, reading }, GO_ON);
    try {
      const running = await opened.start(GO_ON);
      const notes = await running.sql('select count(*) as n from ehr.note').catch(() => null);
      const asked = await integrity.ask(questionTo(running, { options: { depth: 'full' } }), GO_ON);
      return { kinds, findings: [...before, ...running.findings, ...asked.findings], notes };
    } finally {
      await opened.stop();
    }
  } finally {
    await rm(store, { recursive: true, force: true });
    await rm(staging, { recursive: true, force: true });
  }
}

const bad = ({ findings }: Drilled): readonly string[] => findings.filter(found => found.outcome !== 'passed').map(({ code }) => code);

test('a full backup with its increments comes back as of the last one', { timeout: 120_000 }, async () => {
  const drilled = await drill(() => Promise.resolve());

  expect(bad(drilled)).toEqual([]);
  expect(drilled.kinds).toEqual(['incremental', 'incremental', 'full']);
  expect(drilled.notes).toEqual([{ n: 1500 }]);
});

test('M15: what was prepared when it was made passes too', { timeout: 120_000 }, async () => {
  const drilled = await drill(async store => {
    await Promise.all(['inc-1', 'inc-2'].map(name => rm(join(store, name), { recursive: true })));
    await run('mariabackup', ['--no-defaults', '--prepare', `--target-dir=${join(store, 'full')}`]);
  });

  expect([bad(drilled), drilled.notes]).toEqual([[], [{ n: 500 }]]);
});

test('M16: a corrupt page is found, although preparing says that all is well', { timeout: 120_000 }, async () => {
  const drilled = await drill(async store => {
    const file = await open(join(store, 'full/ehr/patient.ibd'), 'r+');
    await file.write(Buffer.alloc(64, 0x55), 0, 64, 16_384 * 20 + 4_000);
    await file.close();
  });

  expect(bad(drilled)).toContain('restore.corrupt');
});

test('M17: a table file that is missing is found', { timeout: 120_000 }, async () => {
  const drilled = await drill(async store => {
    await rm(join(store, 'inc-1'), { recursive: true });
    await rm(join(store, 'inc-2'), { recursive: true });
    await rm(join(store, 'full/ehr/patient.ibd'));
  });

  expect(bad(drilled).some(code => ['integrity.table-unreadable', 'restore.not-prepared'].includes(code))).toBe(true);
});

test('M17: a table all of whose files are missing is found', { timeout: 120_000 }, async () => {
  const drilled = await drill(async store => {
    await rm(join(store, 'inc-1'), { recursive: true });
    await rm(join(store, 'inc-2'), { recursive: true });
    for (const name of ['frm', 'ibd']) await rm(join(store, `full/ehr/patient.${name}`));
  });

  expect(drilled.findings.find(({ outcome }) => outcome === 'failed')).toMatchObject({
    code: 'integrity.table-unreadable',
    object: 'ehr.patient',
  });
});

test('M17: an increment whose base is gone is no recovery point, and that is said', { timeout: 120_000 }, async () => {
  const drilled = await drill(store => rm(join(store, 'inc-1'), { recursive: true }));

  expect(bad(drilled)).toContain('backup.newer-incomplete');
  expect(drilled.kinds).toEqual(['full']);
});

test('a backup that was not finished is no recovery point', { timeout: 120_000 }, async () => {
  const drilled = await drill(store => rm(join(store, 'inc-2/xtrabackup_checkpoints')));

  expect(bad(drilled)).toContain('backup.newer-incomplete');
});

test('a log that was cut cannot be prepared', { timeout: 120_000 }, async () => {
  const drilled = await drill(store => truncate(join(store, 'full/ib_logfile0'), 0));

  expect(bad(drilled)).toContain('restore.not-prepared');
});
