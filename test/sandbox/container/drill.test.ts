import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench, type Bench } from '../../e2e/cli.ts';
import { startSourceServer, type SourceServer } from '../../fixtures/source-server.ts';

const run = promisify(execFile);
const ROWS = `create table patient (id int primary key, name text not null);
  insert into patient select n, 'patient ' || n from generate_series(1, 500) n;`;

describe.runIf(process.getuid?.() === 0)('a whole drill in a container', () => {
  let at: Bench;
  let source: SourceServer;
  beforeAll(async () => {
    [at, source] = await Promise.all([bench({ inProcess: true }), startSourceServer()]);
  });
  afterAll(async () => {
    await source.stop();
    await at.remove();
  });

  test('brings a dump of PostgreSQL back: a server, its clients and questions from outside, with nothing left', async () => {
    await source.createDatabase('ehr');
    await source.client('psql', ['-d', 'ehr', '-c', ROWS]);
    await source.client('pg_dump', ['-Fc', '-f', join(at.backups, 'ehr.dump'), 'ehr']);
    const plan = await at.plan('ehr', `components:\n  database:\n    backup: { tool: pg-dump, from: ${at.backups} }\nsandbox: container\n`);

    const { record, ran } = await at.drill(plan);

    expect({ verdict: record.verdict, exit: ran.code }, ran.stderr).toEqual({ verdict: 'passed', exit: 0 });
    expect(record.sandbox).toMatchObject({ kind: 'container', isolation: 'proved', image: null, networkAttempts: 0 });
    expect(record.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['isolation.proved', 'integrity.ok']));
  });

  test('reads copied files back, and finds one that was changed', async () => {
    const day = join(at.folder, 'copies', new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''));
    await run('/bin/bash', ['-euc', `mkdir -p ${day}; cd ${day}; echo letter > one; sha256sum one > sums; echo changed > one`]);
    const backup = `{ tool: tree, from: ${at.folder}/copies }`;
    const probes = '    probes:\n      - files: { digests: all, list: sums }\n';
    const plan = await at.plan('letters', `components:\n  letters:\n    backup: ${backup}\n${probes}sandbox: container\n`);

    const { record, ran } = await at.drill(plan);

    expect(record.sandbox?.isolation, ran.stderr).toBe('proved');
    expect(
      record.findings.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code),
      ran.stderr,
    ).toEqual(['files.differ']);
  });
});
