import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Jail } from '../../../src/backup/target.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';
import { outcomes, restoreDump, stage } from '../../fixtures/restoring.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

let source: SourceServer;
let folder: string;
beforeAll(async () => {
  source = await startSourceServer();
  folder = await mkdtemp('/tmp/rsg-dumps-');
  await source.createDatabase('clinic');
  await source.sql(
    'clinic',
    `create table patient (id int primary key, name text);
     create table visit (id int primary key, patient int references patient);
     insert into patient select n, md5(n::text) from generate_series(1, 5000) n;
     insert into visit select n, n from generate_series(1, 5000) n;`,
  );
});
afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

async function dump(args: readonly string[], database = 'clinic'): Promise<Buffer> {
  const file = join(folder, 'dump');
  await source.client('pg_dump', [...args, '-f', file, database]);
  return readFile(file);
}

/** Codes of required findings that are not a pass. */
function bad(found: readonly string[]): readonly string[] {
  return found.filter(one => !one.includes('passed') && !one.includes('(note)'));
}

const CUTS = [0.1, 0.5, 0.99] as const;

describe('a dump that was cut off is called so', () => {
  test.each(CUTS.flatMap(share => [['custom', ['-Fc'], share] as const, ['plain', ['-Fp'], share] as const]))(
    '%s, %s, at %f',
    async (format, args, share) => {
      const bytes = await dump(args);
      await using staged = await stage(bytes.subarray(0, Math.floor(bytes.length * share)), { format });

      await using done = await restoreDump(staged);

      expect(bad(outcomes(done.restored)).length).toBeGreaterThan(0);
      expect(bad(outcomes(done.restored))).toContainEqual(expect.stringMatching(/^restore\.(truncated|incomplete|corrupt) failed$/));
      expect(outcomes(done.restored)).not.toContain('restore.ok passed');
    },
  );

  test('in the middle of its wrapping', async () => {
    const { gzipSync } = await import('node:zlib');
    const bytes = gzipSync(await dump(['-Fp']));
    await using staged = await stage(bytes.subarray(0, bytes.length * 0.7), { format: 'plain', compression: 'gzip' });

    await using done = await restoreDump(staged);

    expect(bad(outcomes(done.restored))).toContain('restore.truncated failed');
  });

  test('when the words of two workers ran into each other', async () => {
    const bytes = await dump(['-Fc']);
    await using staged = await stage(bytes.subarray(0, bytes.length / 10));
    const jail = await bareJail();
    const garbled: Jail = {
      ...jail,
      // The race cannot be had at will: the real pg_restore runs, and only its parallel words are made unreadable.
      run: async (command, stop) => {
        const result = await jail.run(command, stop);
        return command.args.includes('--jobs') ? { ...result, stderr: 'pg_restore: pg_restore: error: error: could not' } : result;
      },
    };

    await using done = await restoreDump(staged, { jail: garbled });

    expect(bad(outcomes(done.restored))).toEqual(['restore.truncated failed']);
    await jail[Symbol.asyncDispose]();
  });

  test('as a tar', async () => {
    const bytes = await dump(['-Ft']);
    await using staged = await stage(bytes.subarray(0, bytes.length * 0.6), { format: 'tar' });

    await using done = await restoreDump(staged);

    expect(bad(outcomes(done.restored))).toContainEqual(expect.stringMatching(/^restore\.(truncated|corrupt) failed$/));
  });
});

describe('a byte that changed', () => {
  test('in compressed rows is found', async () => {
    const bytes = await dump(['-Fc']);
    const at = Math.floor(bytes.length * 0.6);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    await using staged = await stage(bytes);

    await using done = await restoreDump(staged);

    expect(bad(outcomes(done.restored)).length).toBeGreaterThan(0);
    expect(bad(outcomes(done.restored)).every(one => one.endsWith(' failed'))).toBe(true);
  });

  test('in the first bytes makes it no archive', async () => {
    const bytes = await dump(['-Fc']);
    bytes[2] = 0;
    await using staged = await stage(bytes);

    await using done = await restoreDump(staged);

    expect(bad(outcomes(done.restored))).toEqual(['restore.corrupt failed']);
    expect(done.restored.usable).toBe(false);
  });
});

test('P16: an archive of a newer format says which tool is needed', async () => {
  const bytes = await dump(['-Fc']);
  bytes[6] = 16;
  await using staged = await stage(bytes, { archiveVersion: '1.16', dumpVersion: '17.2' });

  await using done = await restoreDump(staged);

  expect(done.restored.findings).toEqual([
    expect.objectContaining({
      code: 'restore.newer-format',
      outcome: 'inconclusive',
      expected: 17,
      observed: expect.stringMatching(/^15\./) as string,
    }),
  ]);
  expect(done.restored.usable).toBe(false);
});

test('P09: a statement that fails in a script is not passed over', async () => {
  const script = (await dump(['-Fp'])).toString().replace('CREATE TABLE public.visit (', 'CREATE TABLE public.visit (nonsense');
  await using staged = await stage(Buffer.from(script), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(done.restored.findings).toContainEqual(
    expect.objectContaining({ code: 'restore.stopped-at-table', outcome: 'failed', object: 'public.visit' }),
  );
  expect(done.restored.findings).toContainEqual(
    expect.objectContaining({ code: 'restore.errors', outcome: 'failed', unit: 'SQLSTATE 42601' }),
  );
  expect(done.restored.usable).toBe(true);
});

test('P11: a key that the rows break is named', async () => {
  await source.createDatabase('doubled');
  await source.sql(
    'doubled',
    `create table patient (id int constraint patient_key primary key, name text); insert into patient values (1, 'canary-eins');
     update pg_index set indisready = false where indexrelid = 'patient_key'::regclass`,
  );
  await source.sql(
    'doubled',
    "insert into patient values (1, 'canary-zwei'); update pg_index set indisready = true where indexrelid = 'patient_key'::regclass",
  );
  await using archive = await stage(await dump(['-Fc'], 'doubled'));
  await using plain = await stage(await dump(['-Fp'], 'doubled'), { format: 'plain' });

  await using fromArchive = await restoreDump(archive);
  await using fromPlain = await restoreDump(plain);

  const named = expect.objectContaining({
    code: 'restore.constraint-not-restored',
    outcome: 'failed',
    object: 'public.patient.patient_key',
    observed: 'SQLSTATE 23505',
  }) as unknown;
  expect(fromArchive.restored.findings).toEqual([named]);
  expect(fromPlain.restored.findings).toEqual([named]);
});

test('P04: an index without its extension is an error of the dump', async () => {
  await source.createDatabase('trigrams');
  await source.sql(
    'trigrams',
    'create schema ext; create extension pg_trgm schema ext; create table word (w text); create index on word using gin (w ext.gin_trgm_ops)',
  );
  await using staged = await stage(await dump(['-Fc', '-n', 'public'], 'trigrams'));

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored)).toEqual(['restore.errors failed', 'restore.harmless passed (note)']);
  expect(done.restored.findings[0]).toMatchObject({ object: 'word_w_idx', observed: 1 });
});

test('P10: what pg_restore counted and nobody explains is a failure', async () => {
  await source.createDatabase('broken');
  await source.sql('broken', 'create function gone() returns int language sql as $$ select 1 $$; create view seen as select gone() as n');
  const bytes = (await dump(['-Fp'], 'broken'))
    .toString()
    .replaceAll('gone() RETURNS', 'went() RETURNS')
    .replaceAll('FUNCTION public.gone()', 'FUNCTION public.went()');
  await using staged = await stage(Buffer.from(bytes), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(done.restored.findings).toEqual([
    expect.objectContaining({ code: 'restore.errors', outcome: 'failed', unit: 'SQLSTATE 42883', object: 'public.seen', observed: 1 }),
    expect.objectContaining({ code: 'restore.errors', outcome: 'failed', unit: 'SQLSTATE 42P01', observed: 1 }),
  ]);
});

test('an extension that is not here is no fault of the backup', async () => {
  const extension = 'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;\nCREATE TABLE public.place (at public.geometry);\n';
  const script = (await dump(['-Fp'])).toString().replace('CREATE TABLE public.patient', `${extension}CREATE TABLE public.patient`);
  await using staged = await stage(Buffer.from(script), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored)).toEqual(['restore.extension-missing inconclusive', 'restore.errors inconclusive']);
  expect(done.restored.findings[0]).toMatchObject({ object: 'postgis' });
  expect(await (await done.start()).sql('select count(*) as n from visit')).toEqual([{ n: 5000 }]);
});

describe('P01: roles that nothing brings', () => {
  async function owned(): Promise<void> {
    if ((await source.sql('postgres', "select from pg_database where datname = 'owned'")).rowCount === 1) return;
    await source.createDatabase('owned');
    await source.sql(
      'postgres',
      'create role "canary-owner"; create role reader login password \'canary-password\'; create role grp; grant grp to reader',
    );
    await source.sql(
      'owned',
      `create table t (id int); alter table t owner to "canary-owner"; grant select on t to reader; alter table t enable row level security;
       create policy p on t to grp using (true); alter default privileges for role "canary-owner" grant select on tables to grp;`,
    );
  }

  test.each([
    ['an archive', 'custom', ['-Fc']],
    ['a script', 'plain', ['-Fp']],
  ] as const)('are made up for %s, and said so without their names', async (_, format, args) => {
    await owned();
    await using staged = await stage(await dump(args, 'owned'), { format });
    await using strict = await stage(await dump(args, 'owned'), { format, roles: 'required' });

    await using done = await restoreDump(staged);
    await using strictly = await restoreDump(strict);

    expect(outcomes(done.restored)).toEqual(['restore.ok passed', 'restore.roles-invented failed (note)']);
    expect(done.restored.findings[1]).toMatchObject({ expected: 0, observed: 3, object: null });
    expect(outcomes(strictly.restored)).toContain('restore.roles-invented failed');
    expect(JSON.stringify(done.restored)).not.toContain('canary');
  });

  test('are not made up where the globals bring them', async () => {
    await owned();
    const { stdout } = await source.client('pg_dumpall', ['--globals-only']);
    await using staged = await stage(await dump(['-Fc'], 'owned'), { globals: 'globals.sql' });
    await writeFile(join(staged.folder, 'globals.sql'), stdout, { mode: 0o644 });

    await using done = await restoreDump(staged);

    expect(outcomes(done.restored)).toEqual(['restore.ok passed']);
    expect(await (await done.start()).sql("select rolcanlogin from pg_roles where rolname = 'reader'")).toEqual([{ rolcanlogin: true }]);
  });
});

test('P02: a script that names no owner is noted', async () => {
  await using staged = await stage(await dump(['-Fp', '--no-owner', '--no-acl']), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored)).toEqual(['restore.ok passed', 'restore.owners-not-in-dump failed (note)']);
});

test('P05 P06: what a filter left out is missing from what the dump lists', async () => {
  await using staged = await stage(await dump(['-Fc', '--exclude-table-data=visit']));

  await using done = await restoreDump(staged);

  expect(done.restored.says['tocTables']).toEqual(['public.patient']);
  expect(outcomes(done.restored)).toEqual(['restore.ok passed']);
});

test('P17: a script that replaces its database lands in the sandbox and is noted', async () => {
  await using staged = await stage(await dump(['-Fp', '-C', '--clean', '--if-exists']), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored)).toEqual(['restore.ok passed', 'restore.script-replaces-database failed (note)']);
  expect(await (await done.start()).sql('select current_database()::text as db, count(*) as n from visit')).toEqual([
    { db: 'restored', n: 5000 },
  ]);
});

test('a script that first drops what is not there is healthy', async () => {
  await using staged = await stage(await dump(['-Fp', '--clean']), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored)).toEqual(['restore.ok passed', 'restore.harmless passed (note)']);
});

test('a directory archive that lacks one of its files is damaged', async () => {
  const at = join(folder, 'dump.dir');
  await source.client('pg_dump', ['-Fd', '-f', at, 'clinic']);
  const [first] = (await readdir(at)).filter(name => name.endsWith('.dat.gz'));
  await rm(join(at, first ?? ''));
  await using staged = await stage(at, { format: 'directory' });

  await using done = await restoreDump(staged);

  expect(bad(outcomes(done.restored))).toContain('restore.corrupt failed');
});
