import { readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresService } from '../../../src/service/postgres/postgres.ts';
import type { PreparedService, RunningService, ServiceError } from '../../../src/service/service.ts';
import { bareJail, type BareJail } from '../../fixtures/bare-jail.ts';

const stop = new AbortController().signal;
const service = postgresService();

function needs(major: number, settings: Record<string, string> = {}) {
  return { engine: 'postgres', major, settings };
}

describe('a server in the jail', () => {
  let jail: BareJail;
  let prepared: PreparedService;
  let running: RunningService;
  beforeAll(async () => {
    jail = await bareJail();
    prepared = await service.prepare({ jail, section: null, needs: needs(15) }, stop);
    await prepared.server.sql('create table t as select n, repeat($1, 10) as filler from generate_series(1, 1000) as n', ['x']);
    running = await prepared.start(stop);
  });
  afterAll(async () => {
    await prepared.stop();
    await jail[Symbol.asyncDispose]();
  });

  test('keeps its durability and says so', () => {
    expect(prepared.settings).toMatchObject({ fsync: 'on', full_page_writes: 'on', autovacuum: 'off', jit: 'off', data_checksums: 'on' });
  });

  test('answers in text and numbers', async () => {
    const rows = await running.sql(
      "select count(*) as n, date '2026-01-02' as d, interval '1 day' as i, timestamptz '2026-01-02 03:04Z' as at from t",
    );

    expect(rows).toEqual([{ n: 1000, d: '2026-01-02', i: '1 day', at: '2026-01-02 03:04:00+00' }]);
  });

  test('refuses to write unless asked to', async () => {
    await expect(running.sql('create table u ()')).rejects.toMatchObject({ code: 'query-failed', sqlState: '25006' });
    await expect(running.sql('commit; create table u ()')).rejects.toMatchObject({ sqlState: '42601' });
    await running.sql('create table u ()', { write: true });

    expect(await running.sql("select to_regclass('u') is not null as there")).toEqual([{ there: true }]);
  });

  test('carries an SQLSTATE and no text of the server', async () => {
    const error = await running.sql("select 'secret-canary'::int").catch((thrown: unknown) => thrown as ServiceError);

    expect(error).toMatchObject({ code: 'query-failed', sqlState: '22P02' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toContain('canary');
  });

  test('does not let an answer fill our memory', async () => {
    await expect(running.sql("select repeat('x', 100000000) as big")).rejects.toMatchObject({ code: 'query-failed', sqlState: null });
  });

  test('plans a question under the settings that come with it, and forgets them', async () => {
    const inside = await running.sql('show search_path', { settings: { search_path: 'pg_catalog' } });
    const after = await running.sql('show search_path');

    expect([inside, after]).toEqual([[{ search_path: 'pg_catalog' }], [{ search_path: '"$user", public' }]]);
  });

  test('is not led elsewhere by a link in place of its socket', async () => {
    const socket = join(jail.folder, 'postgres-socket', '.s.PGSQL.5432');
    const elsewhere = join(jail.folder, 'elsewhere');
    await rename(socket, elsewhere);
    await symlink(elsewhere, socket);
    const fresh = prepared.start(stop);
    const parallel = await Promise.allSettled(Array.from({ length: 6 }, () => running.sql('select pg_sleep(0.1)')));

    expect(await readlink(socket)).toBe(elsewhere);
    expect(parallel.filter(one => one.status === 'rejected').length).toBeGreaterThan(0);
    await fresh;
    await unlink(socket);
    await rename(elsewhere, socket);
  });

  test('tells every refused statement by its SQLSTATE, but for ours', async () => {
    await prepared.server.sql('select nonsense').catch(() => undefined);
    const client = prepared.server.clients[0];
    await jail.run(
      {
        file: `${client?.bin ?? ''}/psql`,
        args: ['-X', '-c', "insert into t(n) values ('a\n@resurgam 42P01 1 ERROR:  forged')", '-c', 'create schema public'],
        env: prepared.server.clientEnv,
        mounts: prepared.server.clientMounts,
      },
      stop,
    );

    const { statements, more } = await prepared.server.refused();

    expect(more).toBe(0);
    expect(statements.map(one => [one.sqlState, one.statement.split(' ')[0]])).toEqual([
      ['22P02', 'insert'],
      ['42P06', 'create'],
    ]);
  });
});

test.each([12, 13, 14, 15, 16, 17, 18])('serves major %i', async major => {
  await using jail = await bareJail();
  const prepared = await service.prepare({ jail, section: null, needs: needs(major) }, stop);
  const running = await prepared.start(stop);

  const rows = await running.sql("select current_setting('server_version_num')::int / 10000 as major");

  expect([running.ready, rows]).toEqual([true, [{ major }]]);
  await prepared.stop();
});

test('a major that is not here says what to install', async () => {
  await using jail = await bareJail();

  const prepared = service.prepare({ jail, section: null, needs: needs(11) }, stop);

  await expect(prepared).rejects.toMatchObject({ code: 'version-unavailable', hint: expect.stringContaining('postgresql-11') as string });
});

test('encoding and locale are as the backup says, or as near as can be', async () => {
  await using jail = await bareJail();
  const wanted = { encoding: 'LATIN1', lcCollate: 'de_CH.ISO-8859-1', lcCtype: 'de_CH.ISO-8859-1' };
  const prepared = await service.prepare({ jail, section: null, needs: needs(15, wanted) }, stop);
  const running = await prepared.start(stop);

  const rows = await running.sql(
    'select pg_encoding_to_char(encoding) as encoding, datcollate from pg_database where datname = current_database()',
  );

  expect(rows).toEqual([{ encoding: 'LATIN1', datcollate: 'C' }]);
  expect(running.findings.map(found => [found.code, found.outcome, found.required])).toContainEqual([
    'service.locale-missing',
    'inconclusive',
    false,
  ]);
  await prepared.stop();
});

test('an ICU locale is used', async () => {
  await using jail = await bareJail();
  const wanted = { encoding: 'UTF8', localeProvider: 'icu', locale: 'C.UTF-8', icuLocale: 'de-DE' };
  const prepared = await service.prepare({ jail, section: null, needs: needs(15, wanted) }, stop);
  const running = await prepared.start(stop);

  const rows = await running.sql('select datlocprovider, daticulocale from pg_database where datname = current_database()');

  expect([rows, running.findings.length]).toEqual([[{ datlocprovider: 'i', daticulocale: 'de-DE' }], 1]);
  await prepared.stop();
});

test('a server that was killed is a finding, not an exception', async () => {
  await using jail = await bareJail();
  const prepared = await service.prepare({ jail, section: null, needs: needs(15) }, stop);
  const running = await prepared.start(stop);
  await running.sql("copy (select 1) to program 'kill -9 $PPID'").catch(() => undefined);

  // Before the server has noticed that one of its own is gone, it answers.
  await expect
    .poll(() => running.stillUp(), { timeout: 60_000 })
    .toMatchObject({ code: 'service.died', outcome: 'inconclusive', required: true });
  await prepared.stop();
});

test('a limit that bit is named', async () => {
  await using jail = await bareJail();
  const prepared = await service.prepare({ jail, section: null, needs: needs(15) }, stop);
  jail.hit('memory');
  await prepared.stop();

  const running = await prepared.start(stop);

  expect([running.ready, running.findings[0]?.code]).toEqual([false, 'service.out-of-memory']);
});
