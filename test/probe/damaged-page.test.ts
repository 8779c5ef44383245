import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { integrity } from '../../src/probe/integrity/integrity.ts';
import { inventory } from '../../src/probe/inventory/inventory.ts';
import { startServerOf, type AnyServer } from '../fixtures/any-server.ts';
import { GO_ON, questionTo, runningOver } from '../fixtures/running-source.ts';

/** Flips one byte in the middle of a page of a relation, with the server at rest. */
async function damage(server: AnyServer, relation: string, at: number): Promise<void> {
  const { rows } = await server.sql('postgres', `select pg_relation_filepath('${relation}') as path`);
  const path = join(server.data, (rows as { path: string }[])[0]?.path ?? '');
  await server.restart(async () => {
    const file = await open(path, 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, at);
    await file.close();
  });
}

const TABLES = `create table sound as select i from generate_series(1, 1000) i; create table hit as select i, md5(i::text) from generate_series(1, 1000) i;
  create table note (id int, body text); alter table note alter body set storage external; insert into note values (1, repeat('x', 20000));
  create index hit_i on hit (i); checkpoint`;

test('a flipped byte under checksums is found by reading, named by its table, and counted by the server', async () => {
  const server = await startServerOf(15, ['--data-checksums']);
  try {
    await server.sql('postgres', TABLES);
    await damage(server, 'hit', 8192 + 4000);
    const service = runningOver({ folder: server.socket, database: 'postgres' });

    const { findings } = await integrity.ask(questionTo(service, { options: { depth: 'full' } }), GO_ON);
    const counted = await inventory.ask(questionTo(service), GO_ON);

    const failed = findings.filter(found => found.outcome === 'failed');
    expect(failed.map(found => [found.code, found.object])).toContainEqual(['integrity.table-unreadable', 'public.hit']);
    expect(failed.some(found => found.object?.includes('sound') === true)).toBe(false);
    expect(counted.findings).toMatchObject([
      { code: 'inventory.no-answer', outcome: 'inconclusive', object: 'public.hit', observed: 'XX001' },
    ]);
    expect(counted.facts).toBeUndefined();
  } finally {
    await server.stop();
  }
});

test('a damaged line pointer without checksums is found by the structure of the page', async () => {
  const server = await startServerOf(15);
  try {
    await server.sql('postgres', TABLES);
    await damage(server, 'hit', 24 + 4 * 3);
    const service = runningOver({ folder: server.socket, database: 'postgres' });

    const { findings, limitations } = await integrity.ask(questionTo(service, { options: { depth: 'full' } }), GO_ON);

    expect(findings.filter(found => found.outcome === 'failed').map(found => found.object)).toContain('public.hit');
    expect(limitations).toContain('The server keeps no page checksums, so a silently changed byte on its disk could not show.');
  } finally {
    await server.stop();
  }
});
