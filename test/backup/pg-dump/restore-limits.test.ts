import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import type { Limits, ReadySandbox } from '../../../src/sandbox/sandbox.ts';
import { outcomes, restoreDump, stage } from '../../fixtures/restoring.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

const MIB = 1024 * 1024;
let source: SourceServer;
let folder: string;
beforeAll(async () => {
  source = await startSourceServer();
  folder = await mkdtemp('/tmp/rsg-limits-');
  await source.createDatabase('large');
  await source.sql(
    'large',
    'create table big as select n, repeat(md5(n::text), 10) as t from generate_series(1, 300000) n; create index on big (t)',
  );
});
afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

async function dump(args: readonly string[]): Promise<Buffer> {
  const file = join(folder, 'dump');
  await source.client('pg_dump', [...args, '-f', file, 'large']);
  return readFile(file);
}

function sandbox(limits: Partial<Limits>): Promise<ReadySandbox> {
  const all = { memoryBytes: 1024 * MIB, diskBytes: 2048 * MIB, processes: 200, cpus: 2, timeMs: 120_000, ...limits };
  const request = { drill: `D-limits-${Math.random().toString(36).slice(2)}`, limits: all, expectedBytes: MIB, accept: [] };
  return namespaceSandbox({ scratch: join(folder, 'scratch') }).provision(request, new AbortController().signal);
}

test('a dump comes back in the real sandbox', async () => {
  await using staged = await stage(await dump(['-Fc', '-Z1']));
  await using made = await sandbox({});

  await using done = await restoreDump(staged, { jail: made.jail });
  const running = await done.start();

  expect(outcomes(done.restored)).toEqual(['restore.ok passed']);
  expect(await running.sql('select count(*) as n from big')).toEqual([{ n: 300_000 }]);
});

test.each([
  ['an archive', 'custom', ['-Fc', '-Z1']],
  ['a script', 'plain', ['-Fp']],
] as const)('a full disk is no fault of %s', async (_, format, args) => {
  await using staged = await stage(await dump(args), { format });
  await using made = await sandbox({ diskBytes: 120 * MIB });

  await using done = await restoreDump(staged, { jail: made.jail });

  expect(done.restored.findings.filter(found => found.outcome === 'failed')).toEqual([]);
  expect(outcomes(done.restored)).toContain('restore.sandbox-disk-full inconclusive');
});

test('memory that runs out is no fault of the backup', async () => {
  const greedy = "do $$ declare a text[]; begin for i in 1..100000 loop a := a || repeat('x', 1000000 + i); end loop; end $$;";
  const script = (await dump(['-Fp', '-s']))
    .toString()
    .replace('-- PostgreSQL database dump complete', () => `${greedy}\n-- PostgreSQL database dump complete`);
  await using staged = await stage(Buffer.from(script), { format: 'plain' });
  await using made = await sandbox({ memoryBytes: 300 * MIB });

  await using done = await restoreDump(staged, { jail: made.jail });

  expect(done.restored.findings.filter(found => found.outcome === 'failed')).toEqual([]);
  expect(outcomes(done.restored)).toContain('restore.out-of-memory inconclusive');
});
