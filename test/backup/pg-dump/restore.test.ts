import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OuterCompression } from '../../../src/backup/dump-files/wrapping.ts';
import type { DumpFormat } from '../../../src/backup/pg-dump/handle.ts';
import { outcomes, restoreDump, stage } from '../../fixtures/restoring.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

const run = promisify(execFile);
let source: SourceServer;
let folder: string;
beforeAll(async () => {
  source = await startSourceServer();
  folder = await mkdtemp('/tmp/rsg-dumps-');
  await source.createDatabase('clinic');
  await source.sql('clinic', CLINIC);
});
afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Something of everything that a healthy database may hold. */
const CLINIC = `
  create extension pg_trgm; create extension citext;
  create schema "Lab Results"; create schema audit;
  create domain mrn as text check (value ~ '^[0-9]+$');
  create type triage as enum ('red', 'green');
  create collation german (provider = icu, locale = 'de-DE');
  create table patient (id bigint generated always as identity primary key, mrn mrn unique, name text collate german, email citext,
    born date, age int generated always as (2026 - 1990) stored, note text default 'semi; quote '' back \\ slash $$');
  create table "Lab Results"."Result 1" (patient bigint references patient, at timestamptz, value numeric(10,2), level triage, raw bytea,
    primary key (patient, at)) partition by range (at);
  create table "Lab Results"."2025" partition of "Lab Results"."Result 1" for values from ('2025-01-01') to ('2026-01-01');
  create table "Lab Results".rest partition of "Lab Results"."Result 1" default;
  create index on patient using gin (name gin_trgm_ops);
  insert into patient (mrn, name, email, born) select n::text, E'N\\t\\n\\\\. ' || n, n || '@x', '1990-01-01' from generate_series(1, 2000) n;
  insert into "Lab Results"."Result 1" select n, '2025-06-01'::timestamptz + n * '1 hour'::interval, n, 'red', '\\xdead' from generate_series(1, 2000) n;
  alter table patient enable row level security; create policy own on patient using (id = 1);
  create function audit.touch() returns trigger language plpgsql as $f$ begin perform 1; return new; end $f$;
  create trigger touch before update on patient for each row execute function audit.touch();
  create function total() returns bigint language sql begin atomic select count(*) from patient; select case when true then 1 end; end;
  create view audit.recent as select * from patient where id > 10;
  create materialized view audit.counted as select count(*) as n from patient;
  create rule quiet as on delete to audit.recent do instead nothing;
  create publication everything for table patient;
  create sequence audit.serial start 17; select nextval('audit.serial');
  select lo_from_bytea(4242, '\\x010203');
  create event trigger noted on ddl_command_end execute function pg_catalog.unique_key_recheck();
  alter database clinic set search_path = public, audit; comment on table patient is 'canary comment';
`.replace('create event trigger noted on ddl_command_end execute function pg_catalog.unique_key_recheck();', '');

async function dump(database: string, args: readonly string[], name = `${database}.dump`): Promise<string> {
  const file = join(folder, name);
  await source.client('pg_dump', [...args, '-f', file, database]);
  return file;
}

async function wrapped(file: string, compression: OuterCompression): Promise<string> {
  if (compression === 'none') return file;
  await run('/bin/sh', ['-c', '"$1" -c < "$2" > "$2.wrapped"', 'wrap', compression, file]);
  return `${file}.wrapped`;
}

const FORMATS: readonly (readonly [DumpFormat, readonly string[], OuterCompression])[] = [
  ['custom', ['-Fc'], 'none'],
  ['custom', ['-Fc', '-Z0'], 'zstd'],
  ['directory', ['-Fd'], 'none'],
  ['tar', ['-Ft'], 'none'],
  ['tar', ['-Ft'], 'gzip'],
  ['plain', ['-Fp'], 'none'],
  ['plain', ['-Fp'], 'gzip'],
  ['plain', ['-Fp'], 'zstd'],
  ['plain', ['-Fp'], 'lz4'],
  ['plain', ['-Fp'], 'xz'],
  ['plain', ['-Fp', '--inserts'], 'none'],
  ['plain', ['-Fp', '-C'], 'none'],
];

describe('a healthy database', () => {
  test.each(FORMATS)('comes back from %s %s in %s without a complaint', async (format, args, compression) => {
    const file = await wrapped(await dump('clinic', args, `clinic-${format}-${args.join('')}-${compression}`), compression);
    await using staged = await stage(file, { format, compression });

    await using done = await restoreDump(staged);
    const running = await done.start();
    const [counts] =
      await running.sql(`select (select count(*) from public.patient) as patients, (select count(*) from "Lab Results".rest) as rest,
      (select count(*) from "Lab Results"."2025") as parts, (select count(*) from pg_largeobject_metadata) as objects`);

    const replaces = args.includes('-C') ? ['restore.script-replaces-database failed (note)'] : [];
    expect(outcomes(done.restored)).toEqual(['restore.ok passed', ...replaces]);
    expect(counts).toEqual({ patients: 2000, rest: 0, parts: 2000, objects: 1 });
    expect(running.findings.map(found => found.outcome)).toEqual(['passed']);
    await rm(file, { recursive: true, force: true });
  });

  test('says what its dump lists, to be compared with what came back', async () => {
    await using archive = await stage(await dump('clinic', ['-Fc'], 'says.dump'));
    await using plain = await stage(await dump('clinic', ['-Fp'], 'says.sql'), { format: 'plain' });

    await using fromArchive = await restoreDump(archive);
    await using fromPlain = await restoreDump(plain);

    const tables = ['Lab Results.2025', 'Lab Results.rest', 'public.patient'];
    expect(fromArchive.restored.says).toMatchObject({
      database: 'restored',
      extensions: expect.arrayContaining(['citext', 'pg_trgm']) as unknown,
    });
    expect([...(fromArchive.restored.says['tocTables'] as string[])].sort()).toEqual(tables);
    expect([...(fromPlain.restored.says['tocTables'] as string[])].sort()).toEqual(tables);
    expect(fromPlain.restored.says['rowsByTable']).toEqual({ 'public.patient': 2000, 'Lab Results.2025': 2000, 'Lab Results.rest': 0 });
  });

  test('keeps the settings of its database, from an archive and from a script', async () => {
    await using archive = await stage(await dump('clinic', ['-Fc'], 'settings.dump'));
    await using plain = await stage(await dump('clinic', ['-Fp', '-C'], 'settings.sql'), { format: 'plain' });
    const settings =
      'select setconfig::text as set from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where datname = current_database()';

    await using fromArchive = await restoreDump(archive);
    await using fromPlain = await restoreDump(plain);

    const both = [await (await fromArchive.start()).sql(settings), await (await fromPlain.start()).sql(settings)];
    expect(both).toEqual([[{ set: '{"search_path=public, audit"}' }], [{ set: '{"search_path=public, audit"}' }]]);
  });

  test('made by pgbench comes back', async () => {
    await source.createDatabase('bench');
    await source.client('pgbench', ['-i', '-s', '1', '-q', '--foreign-keys', '--partitions=3', 'bench']);
    await using staged = await stage(await dump('bench', ['-Fd', '-j2'], 'bench.dir'), { format: 'directory' });

    await using done = await restoreDump(staged);

    expect(outcomes(done.restored)).toEqual(['restore.ok passed']);
    expect(done.restored.findings).toHaveLength(1);
  });

  test('comes back with its encoding and locale', async () => {
    await source.createDatabase('latin', "template template0 encoding 'LATIN1' locale 'C'");
    await source.sql('latin', "create table t as select convert_from('\\xe4'::bytea, 'LATIN1') as word");
    await using staged = await stage(await dump('latin', ['-Fp'], 'latin.sql'), { format: 'plain' });

    await using done = await restoreDump(staged, { settings: { encoding: 'LATIN1', locale: 'C' } });
    const running = await done.start();

    expect(outcomes(done.restored)).toEqual(['restore.ok passed']);
    expect(await running.sql('select word from t')).toEqual([{ word: 'ä' }]);
  });

  test.each([
    ['an older server', ['-Fc'], 13],
    ['a newer server', ['-Fp'], 17],
  ])('comes back in %s', async (_, args, major) => {
    await using staged = await stage(await dump('clinic', [...args, '-n', 'audit'], `major-${major}`), {
      format: major === 17 ? 'plain' : 'custom',
    });

    await using done = await restoreDump(staged, { major });

    expect(done.restored.usable).toBe(true);
    expect(await (await done.start()).sql("select to_regclass('audit.serial') is not null as there")).toEqual([{ there: true }]);
  });

  test('is harmless where it only says again what every database has', async () => {
    await using staged = await stage(await dump('clinic', ['-Fc', '-n', 'public', '-t', 'patient', '--section=data'], 'data.dump'));
    const { stdout } = await run('/usr/lib/postgresql/15/bin/pg_restore', ['-f', '-', join(staged.folder, 'dump')]);

    expect(stdout).toContain('COPY public.patient');
    expect((await readFile(join(staged.folder, 'dump'))).length).toBeGreaterThan(1_000);
  });
});
