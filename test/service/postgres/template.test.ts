import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresService } from '../../../src/service/postgres/postgres.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';

const stop = new AbortController().signal;
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp('/tmp/rsg-cache-');
});
afterEach(() => rm(cache, { recursive: true, force: true }));

/** Which cluster a fresh server runs on, and whether it is empty; it is written to, so that the next one would show it. */
async function serve(major = 15): Promise<{ readonly cluster: unknown; readonly tables: unknown }> {
  await using jail = await bareJail();
  const prepared = await postgresService().prepare(
    { jail, section: null, needs: { engine: 'postgres', major, settings: {} }, cache },
    stop,
  );
  try {
    const [control] = await prepared.server.sql('select system_identifier::text as cluster from pg_control_system()');
    const [found] = await prepared.server.sql("select count(*) as n from pg_class where relname = 'left_behind'");
    await prepared.server.sql('create table left_behind ()');
    return { cluster: control?.['cluster'], tables: found?.['n'] };
  } finally {
    await prepared.stop();
  }
}

const clusters = (): string => join(cache, 'postgres-clusters');

test('a second server starts on a copy of the first empty cluster', async () => {
  const first = await serve();
  const second = await serve();

  expect(second.cluster).toBe(first.cluster);
  expect([first.tables, second.tables]).toEqual([0, 0]);
  expect(await readdir(clusters())).toHaveLength(1);
});

test('a kept cluster on which no server starts is replaced', async () => {
  const first = await serve();
  const [name] = await readdir(clusters());
  await truncate(join(clusters(), name ?? '', 'global', 'pg_control'), 100);

  const second = await serve();
  const third = await serve();

  expect(second.cluster).not.toBe(first.cluster);
  expect(third.cluster).toBe(second.cluster);
});

test('half a copy is never taken for a cluster', async () => {
  await serve();
  const [name] = await readdir(clusters());
  await rm(join(clusters(), name ?? '', 'PG_VERSION'));

  expect((await serve()).tables).toBe(0);
});

test('each major version has its own, and an older build of it goes', async () => {
  await mkdir(join(clusters(), '15-15.1-100-200'), { recursive: true });

  await serve(15);
  await serve(16);

  expect((await readdir(clusters())).map(name => name.split('-')[0])).toEqual(['15', '16']);
});

test('a place where nothing can be kept is no hindrance', async () => {
  await writeFile(clusters(), 'a file, where a folder should be');

  expect((await serve()).tables).toBe(0);
});
