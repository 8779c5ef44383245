import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pgBasebackup } from '../../src/backup/pg-basebackup/tool.ts';
import type { Finding } from '../../src/finding/finding.ts';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import { sql } from '../../src/probe/sql/sql.ts';
import type { RunningService } from '../../src/service/service.ts';
import { alarms, recoverFrom, type Recovered } from '../fixtures/recovering.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

const run = promisify(execFile);
const NAMES = 2000;
const KNOWN = "select count(*) from visit where note <> 'note ' || n";
let folder: string;
let source: SourceServer;

/**
 * A source that keeps no page checksums and sorts text otherwise than this machine: `C.utf8` is there what `en_US` is elsewhere. One byte of
 * a page is changed before the base backup, so that the backup is a faithful copy: every tool of PostgreSQL calls it whole.
 */
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-pg-source-');
  await chmod(folder, 0o755);
  await run('localedef', ['-i', 'en_US', '-f', 'UTF-8', join(folder, 'C.utf8')]);
  source = await startSourceServer({ checksums: false, locales: folder, settings: { full_page_writes: 'on' } });
  for (const database of ['ehr', 'names', 'aged']) {
    await source.createDatabase(database);
    await source.sql(
      database,
      `create table visit (n int primary key, note text); insert into visit select n, 'note ' || n from generate_series(1, 2000) n`,
    );
  }
  for (const database of ['names', 'aged'])
    await source.sql(
      database,
      `create table person (name text primary key, number int unique); insert into person select case n % 2 when 0 then 'Doe ' else 'doe ' end || md5(n::text), n from generate_series(1, ${NAMES}) n`,
    );
  // As a cluster says that was made on an older release.
  await source.sql('postgres', `update pg_database set datcollversion = '2.28' where datname = 'aged'; checkpoint`);
  await flipIn('ehr', 'note 1234');
  await source.client('pg_basebackup', ['-D', join(folder, 'base'), '-c', 'fast']);
});
afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The last digit of a text in a page of `visit` becomes another one, where it lies. */
async function flipIn(database: string, text: string): Promise<void> {
  const { rows } = await source.sql(database, `select pg_relation_filepath('visit') as path`);
  await using file = await open(join(source.data, (rows as { path: string }[])[0]?.path ?? ''), 'r+');
  const at = (await file.readFile()).indexOf(text);
  await file.write(Buffer.from('9'), 0, 1, at + text.length - 1);
}

type Asking = (running: RunningService) => Promise<readonly Finding[]>;

/** What is found on the way, and by the questions to one database of the restored cluster. */
async function found(database: string, ask: Asking): Promise<Recovered & { readonly said: readonly Finding[] }> {
  let said: readonly Finding[] = [];
  const service = { engine: 'postgres', version: null, options: { database } };
  const more = { service, ask: async (running: RunningService): Promise<void> => void (said = await ask(running)) };
  const got = await recoverFrom(pgBasebackup, { from: join(folder, 'base') }, more);
  return { ...got, said };
}

const examined: Asking = async running => (await integrity.ask(questionTo(running, { options: { depth: 'full' } }), GO_ON)).findings;
const counted = async (running: RunningService, text: string): Promise<unknown> => (await running.sql(text))[0]?.['n'];

test('W06: a byte changed in a source without checksums passes everything, and only a value that is known tells', async () => {
  let limitations: readonly string[] = [];
  let asked: readonly Finding[] = [];
  const { findings, said, rows } = await found('ehr', async running => {
    const sound = await integrity.ask(questionTo(running, { options: { depth: 'full' } }), GO_ON);
    const held = await inventory.ask(questionTo(running), GO_ON);
    asked = (await sql.ask(questionTo(running, { options: { query: KNOWN, with: {}, expect: { equals: 0 } } }), GO_ON)).findings;
    limitations = sound.limitations ?? [];
    return [...sound.findings, ...held.findings];
  });

  expect([alarms(findings).filter(text => !text.endsWith('(note)')), alarms(said), rows]).toEqual([[], [], 2000]);
  expect(limitations).toContain('The server keeps no page checksums, so a silently changed byte on its disk could not show.');
  expect(asked).toMatchObject([{ code: 'sql.unexpected', outcome: 'failed', expected: 0, observed: 1 }]);
});

describe('W13: text is sorted otherwise here than where its indexes were made', () => {
  test('and the versions are equal: the index that misses rows is found by comparing it with its table', async () => {
    let seen: readonly unknown[] = [];
    const { said } = await found('names', async running => {
      const byIndex =
        'select count(*) as n from unnest(array(select name from person)) as w(name) where exists (select from person p where p.name = w.name offset 0)';
      seen = [await counted(running, 'select count(*) as n from person'), await counted(running, byIndex)];
      return examined(running);
    });

    expect(said.filter(({ outcome }) => outcome !== 'passed')).toMatchObject([
      { code: 'integrity.index-corrupt', outcome: 'failed', object: 'public.person_pkey' },
    ]);
    const [rows, findable] = seen as readonly number[];
    expect([rows, (findable ?? NAMES) < NAMES]).toEqual([NAMES, true]);
  });

  test('and the versions differ: nobody can tell here whether the index is sound there', async () => {
    const { findings, said } = await found('aged', examined);

    expect(alarms(findings)).toContain('service.collation-differs inconclusive (note)');
    expect(alarms(said)).toEqual(['integrity.index-sorted-elsewhere inconclusive']);
  });
});
