import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TargetServer } from '../../../src/backup/target.ts';
import { outcomes, restoreDump, stage } from '../../fixtures/restoring.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

let source: SourceServer;
let folder: string;
beforeAll(async () => {
  source = await startSourceServer();
  folder = await mkdtemp('/tmp/rsg-dumps-');
  await source.createDatabase('clinic');
  await source.sql('clinic', 'create table patient as select n as id, repeat(md5(n::text), 4) as name from generate_series(1, 20000) n');
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

/** Once rows of this table are being restored. */
async function onceFilled(table: string, server: Pick<TargetServer, 'sql'>, act: () => unknown): Promise<void> {
  const filling = `select count(*) > 0 as so from pg_stat_activity where query ~ '^(INSERT INTO|COPY) public[.]${table} '`;
  while ((await server.sql(filling))[0]?.['so'] !== true) await new Promise(resolve => setTimeout(resolve, 10));
  await act();
}

const HEAD = "-- PostgreSQL database dump\nSET client_encoding = 'UTF8';\ncreate table before (id int);\n";
const TAIL = '\ncreate table after (id int);\n-- PostgreSQL database dump complete\n';

describe('P18: a script that wants more than a database', () => {
  test.each([
    ['runs a program', '\\! touch /tmp/pwned', '\\!', 'restore.runs-programs'],
    ['runs one amid a statement', 'select 1 \\! touch /tmp/pwned\n;', '\\!', 'restore.runs-programs'],
    ['writes to one', 'select 1 \\g |sh', '\\g', 'restore.runs-programs'],
    ['runs one in backquotes', '\\connect `touch /tmp/pwned`', 'backquotes', 'restore.runs-programs'],
    ['copies from one', "COPY before FROM PROGRAM 'echo 1';", 'COPY', 'restore.runs-programs'],
    ['copies to one', "copy (select 1) to /* x */ program 'sh';", 'COPY', 'restore.runs-programs'],
    ['reads a file of the host', "COPY before FROM '/etc/passwd';", 'COPY', 'restore.runs-programs'],
    ['includes a file', '\\i /etc/passwd', '\\i', 'restore.runs-programs'],
    ['holds a command that pg_dump never writes', '\\pset pager', null, 'restore.unexpected-command'],
    [
      'hides a COPY in one too long to look at',
      `COPY before FROM /* ${'x'.repeat(70_000)} */ PROGRAM 'sh';`,
      null,
      'restore.unexpected-command',
    ],
  ])('%s: it is stopped there', async (...[, statement, object, code]) => {
    await using staged = await stage(Buffer.from(`${HEAD}${statement}\n${TAIL}`), { format: 'plain' });

    await using done = await restoreDump(staged);
    const there = await (
      await done.start()
    ).sql("select to_regclass('before') is not null as before, to_regclass('after') is not null as after");

    expect(done.restored.findings.filter(found => found.required)).toEqual([expect.objectContaining({ code, outcome: 'failed', object })]);
    expect(there).toEqual([{ before: true, after: false }]);
  });

  test('behind the rows of a table that is not there finds psql deaf', async () => {
    const script = `${HEAD}COPY nowhere (a) FROM stdin;\n\\! touch /postgres/socket/pwned\n\\.\n${TAIL}`;
    await using staged = await stage(Buffer.from(script), { format: 'plain' });

    await using done = await restoreDump(staged);
    const files = await (await done.start()).sql("select count(*) as n from pg_ls_dir('/postgres/socket') as name where name = 'pwned'");

    expect(outcomes(done.restored)).toContain('restore.stopped-at-table failed');
    expect(files).toEqual([{ n: 0 }]);
  });

  test('in the definitions of an archive is not restored at all', async () => {
    await source.createDatabase('planted');
    await source.sql('planted', "create table t (id int); create view v as select 'XXXXXXXXXXXXXXXXXXXXXXXX'::text as x");
    const bytes = await dump(['-Fc'], 'planted');
    const definition = 'CREATE TABLE public.t (\n    id integer\n);';
    const evil = "COPY t FROM PROGRAM 'touch x';".padEnd(definition.length, ' ');
    const at = bytes.indexOf(definition);
    bytes.write(evil, at);
    await using staged = await stage(bytes);

    await using done = await restoreDump(staged);

    expect(outcomes(done.restored)).toEqual(['restore.runs-programs failed']);
    expect(done.restored.usable).toBe(false);
  });
});

/** Ends the process that answers, and with it the server. */
const KILL = "copy (select 1) to program 'kill -9 $PPID'";

describe('what is ours is not blamed on the backup', () => {
  test('the server is killed in the middle', async () => {
    await using staged = await stage(await dump(['-Fp', '--inserts']), { format: 'plain' });

    await using done = await restoreDump(staged, {
      meanwhile: ({ prepared: { server } }) => void onceFilled('patient', server, () => server.sql(KILL)).catch(() => undefined),
    });

    expect(outcomes(done.restored)).toEqual(['restore.server-died inconclusive']);
    expect(done.restored.usable).toBe(false);
    expect((await done.start()).ready).toBe(false);
  });

  test('the server is killed while an archive is restored', async () => {
    await source.createDatabase('large');
    await source.sql(
      'large',
      'create table big as select n, repeat(md5(n::text), 10) as t from generate_series(1, 400000) n; create index on big (t)',
    );
    await using staged = await stage(await dump(['-Fc', '-Z1'], 'large'));

    await using done = await restoreDump(staged, {
      meanwhile: ({ prepared: { server } }) => void onceFilled('big', server, () => server.sql(KILL)).catch(() => undefined),
    });

    expect(outcomes(done.restored)).toEqual(['restore.server-died inconclusive']);
  });

  test.each([
    ['disk', 'restore.sandbox-disk-full'],
    ['memory', 'restore.out-of-memory'],
    ['time', 'restore.time-limit'],
  ] as const)('a limit bites: %s', async (limit, code) => {
    await using staged = await stage(await dump(['-Fp', '--inserts']), { format: 'plain' });

    await using done = await restoreDump(staged, {
      meanwhile: ({ jail, prepared }) =>
        void onceFilled('patient', prepared.server, () => {
          jail.hit(limit);
          return prepared.stop();
        }),
    });

    expect(outcomes(done.restored)).toEqual([`${code} inconclusive`]);
  });

  test('a person stops it', async () => {
    await using staged = await stage(await dump(['-Fp', '--inserts']), { format: 'plain' });
    const stopping = new AbortController();

    const restored = restoreDump(staged, { stop: stopping.signal, meanwhile: () => setTimeout(() => stopping.abort(), 300) });

    await expect(restored).rejects.toMatchObject({ name: 'BackupError', code: 'stopped' });
  });
});

test('a bomb is stopped by the disk limit', async () => {
  const rows = Buffer.concat([Buffer.from('-- PostgreSQL database dump\nselect 1;\n'), Buffer.alloc(64 * 1024 * 1024, 10)]);
  await using staged = await stage(gzipSync(rows), { format: 'plain', compression: 'gzip' });

  await using done = await restoreDump(staged, { limits: { diskBytes: 1024 * 1024 * 8 } });

  expect(outcomes(done.restored)).toEqual(['restore.expands-too-far inconclusive']);
});

test('nothing of what the backup holds gets into a finding', async () => {
  await source.createDatabase('canaries');
  await source.sql('postgres', 'create role "canary-role"');
  await source.sql(
    'canaries',
    `create table patient (id int, name text); comment on table patient is 'canary-comment'; alter table patient owner to "canary-role";
     insert into patient values (1, 'canary-name'), (1, 'canary-twin'), (2, 'canary-null');`,
  );
  const script = (await dump(['-Fp'], 'canaries'))
    .toString()
    .replace('-- PostgreSQL database dump complete', () =>
      [
        'ALTER TABLE ONLY public.patient ADD CONSTRAINT patient_pkey PRIMARY KEY (id);',
        "ALTER TABLE public.patient ADD CONSTRAINT named CHECK (name <> 'canary-null');",
        "select 'canary-select'::int;",
        'alter table public.nowhere owner to "canary-other";',
        "insert into public.patient values ('canary-insert', 1);",
        "do $$ begin raise exception 'canary-raise'; end $$;",
        'drop role "canary-gone";',
        '-- PostgreSQL database dump complete',
      ].join('\n'),
    );
  await using staged = await stage(Buffer.from(script), { format: 'plain' });

  await using done = await restoreDump(staged);

  expect(outcomes(done.restored).filter(one => one.endsWith('failed')).length).toBeGreaterThan(4);
  expect(JSON.stringify([done.restored.findings, done.restored.says, done.restored.tools])).not.toContain('canary');
  expect(done.logs.join('')).toContain('canary');
});
