import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KEYS, startS3Server, type S3Server } from '../../src/demo/s3-server/server.ts';
import type { SourceServer } from '../fixtures/source-server.ts';
import { bench, type Bench } from './cli.ts';
import { putDump, startEhr } from './source.ts';

const run = promisify(execFile);
let source: SourceServer;
let place: Bench;
beforeAll(async () => {
  source = await startEhr();
});
afterAll(() => source.stop());
beforeEach(async () => {
  place = await bench({ inProcess: true });
});
afterEach(() => place.remove());

async function nothingLeft(): Promise<void> {
  expect(await readdir(join(place.home, 'scratch'))).toEqual([]);
}

describe('a bucket instead of a folder', () => {
  let s3: S3Server;
  beforeEach(async () => {
    s3 = await startS3Server();
    s3.buckets.create('backups');
    const file = await putDump(source, place);
    s3.buckets.put({ bucket: 'backups', key: 'ehr/nightly.dump' }, await readFile(file), { modifiedAt: new Date() });
    await rm(file);
  });
  afterEach(() => s3.stop());

  const env = { EHR_KEY: KEYS.accessKeyId, EHR_SECRET: KEYS.secretAccessKey };
  function planOver(from: string): Promise<string> {
    const keys = '{ accessKeyId: { env: EHR_KEY }, secretAccessKey: { env: EHR_SECRET } }';
    return place.plan(
      'lakeside-ehr',
      `components:\n  database:\n    backup: { tool: pg-dump, from: ${from}, endpoint: '${s3.endpoint}', credentials: ${keys} }\n`,
    );
  }

  test('passes, and the secret is nowhere', async () => {
    const { ran, record } = await place.drill(await planOver('s3://backups/ehr'), env);

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 0, verdict: 'passed' });
    const { stdout } = await run('grep', ['-rl', KEYS.secretAccessKey, place.home]).catch((error: unknown) => error as { stdout: string });
    expect([stdout, ran.stdout.includes(KEYS.secretAccessKey), ran.stderr.includes(KEYS.secretAccessKey)]).toEqual(['', false, false]);
    await nothingLeft();
  });

  test.each([
    ['a wrong key', 's3://backups/ehr', { EHR_KEY: KEYS.accessKeyId, EHR_SECRET: 'wrong-secret' }, 'credentials-refused'],
    ['a bucket that is not there', 's3://no-such-bucket/ehr', env, 'store-missing'],
  ])('%s is inconclusive and says why', async (...row) => {
    const [, from, keys, code] = row;
    const { ran, record } = await place.drill(await planOver(from), keys);

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 4, verdict: 'inconclusive' });
    expect(record.findings.map(found => found.object)).toContain(code);
    expect(ran.stderr).not.toContain('wrong-secret');
    await nothingLeft();
  });

  test('an object that is gone when it is fetched, and one whose stream ends early again and again, are inconclusive', async () => {
    const plan = await planOver('s3://backups/ehr');
    s3.fault({ kind: 'early-end', key: 'ehr/nightly.dump', times: 1_000, method: 'GET' });

    const { ran, record } = await place.drill(plan, env);

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 4, verdict: 'inconclusive' });
    await nothingLeft();
  });
});

describe('a folder with something else in it', () => {
  const write = (name: string, content: string | Buffer): Promise<void> => writeFile(join(place.backups, name), content);

  test.each([
    ['nothing', () => Promise.resolve(), 'select.no-recovery-point'],
    ['a dump of 0 bytes', () => write('ehr.dump', ''), 'backup.empty'],
    ['a dump of 20 bytes', () => write('ehr.dump', 'PGDMP and then this.'), 'backup\\..*'],
    ['text', () => write('ehr.dump', 'pg_dump: error: connection to server failed\n'.repeat(40)), 'backup.not-a-dump'],
  ])('%s fails and says why', async (_case, fill, code) => {
    await fill();

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 1, verdict: 'failed' });
    expect(
      record.findings.some(found => found.outcome === 'failed' && new RegExp(`^(${code}|select\\.no-recovery-point)$`).test(found.code)),
    ).toBe(true);
    await nothingLeft();
  });

  // Two names with everything in them: each drill takes four seconds of processor time.
  test.each([`-rf quo'te" $(touch pwned) a  b.dump`, 'Größe 漢字\nnew line.dump'])('a good dump called %j passes', async name => {
    await rename(await putDump(source, place), join(place.backups, name));

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 0, verdict: 'passed' });
    expect([...(await readdir(place.folder)), ...(await readdir(place.backups))]).not.toContain('pwned');
  });

  test('a tar with a way out and links among its members is not followed', async () => {
    const folder = join(place.folder, 'tar');
    await mkdir(folder);
    await source.client('pg_dump', ['-Ft', '-f', join(folder, 'good.tar'), 'ehr']);
    const script = `tar xf good.tar && ln -s /etc/passwd 9999.dat && touch ../escape-me && tar cPf ${join(place.backups, 'ehr.tar')} toc.dat *.dat restore.sql ../escape-me`;
    await run('/bin/sh', ['-c', script], { cwd: folder });
    await rm(join(place.folder, 'escape-me'));

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr'));

    expect(record.verdict, ran.stderr).toBe('failed');
    expect(record.reasons.join()).toMatch(/backup\.foreign-members/);
    expect(await readdir(place.folder)).not.toContain('escape-me');
    await nothingLeft();
  });

  test('a dump that this user may not read is inconclusive', async () => {
    const other = await bench({ uid: 65534 });
    try {
      await run('chown', ['-R', '65534:65534', other.folder]);
      await chmod(await putDump(source, other), 0o600);

      const { ran, record } = await other.drill(await other.plan('lakeside-ehr'));

      expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 4, verdict: 'inconclusive' });
      expect(record.findings.map(found => found.object ?? found.code).join()).toMatch(/unreadable/);
    } finally {
      await other.remove();
    }
  });
});

describe('a machine that is too small', () => {
  test.each([
    // The server is made while the backup is fetched: which of the two meets the limit is told by their race.
    ['disk', 'limits: { disk: 30MiB }', /disk|staging-full/],
    ['memory', 'limits: { memory: 40MiB }', /memory/],
    ['time', 'limits: { time: 1s }', /time-limit/],
  ])('%s that runs out is inconclusive, never failed', async (_case, limits, code) => {
    await putDump(source, place);

    const { ran, record } = await place.drill(await place.plan('lakeside-ehr', `${limits}\n`));

    expect({ exit: ran.code, verdict: record.verdict }, ran.stderr).toEqual({ exit: 4, verdict: 'inconclusive' });
    expect([...record.reasons, ...record.findings.map(found => found.object ?? '')].join()).toMatch(code);
    await nothingLeft();
  });
});

test('check names file, line and column of every problem at once, and drill refuses the plan', async () => {
  const plan = join(place.folder, 'bad.yaml');
  await writeFile(
    plan,
    'plan: bad\nclient: lakeside\ncontract: { rto: 4 hours, rpo: 1h }\ncomponents:\n  database:\n    backup: { tool: pgdump, from: /srv }\n',
  );

  const checked = await place.run(['check', plan]);
  const drilled = await place.run(['drill', plan]);

  expect([checked.code, drilled.code]).toEqual([2, 2]);
  expect(checked.stdout).toMatch(/bad\.yaml:3:\d+/);
  expect(checked.stdout).toMatch(/bad\.yaml:6:\d+/);
  expect(checked.stdout).toMatch(/pg-dump/);
});

test('init writes a plan for a folder, and the plan drills', async () => {
  await putDump(source, place);
  await cp(join(place.backups, 'ehr.dump'), join(place.backups, 'ehr-2.dump'), { preserveTimestamps: true });

  const init = await place.run(['init', place.backups, '--name', 'ehr', '--out', join(place.folder, 'ehr.yaml')]);
  const drilled = await place.drill(join(place.folder, 'ehr.yaml'));

  expect(init.code, init.stderr).toBe(0);
  expect(await readFile(join(place.folder, 'ehr.yaml'), 'utf8')).toMatch(/# .*dump/);
  expect(drilled.record.verdict, drilled.ran.stderr).toBe('passed');
});
