import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';

const run = promisify(execFile);
let place: Bench;
let good: Buffer;
const bundles = (): string => join(place.folder, 'bundles');

/** The example as we ship it, with its place changed as its first lines say, and a real bundle of a real repository. */
beforeAll(async () => {
  place = await bench({ inProcess: true });
  const own = join(place.folder, 'plans/lakeside');
  await cp(join(CHECKOUT, 'runbooks/tools/git-bundle'), own, { recursive: true });
  const plan = await readFile(join(own, 'plan.yaml'), 'utf8');
  await writeFile(join(own, 'plan.yaml'), plan.replaceAll('/srv/backups/network', bundles()));
  const repository = join(place.folder, 'repository');
  await mkdir(repository);
  const script = `git init -q . && seq 1 2000 > hosts.conf && echo 'vlan 7' > switch.conf && git add . &&
    git -c user.name=n -c user.email=n@example commit -qm one && git bundle create -q ../good.bundle --all`;
  await run('sh', ['-c', script], { cwd: repository, env: { PATH: process.env['PATH'] ?? '', HOME: place.folder } });
  good = await readFile(join(place.folder, 'good.bundle'));
});
afterAll(() => place.remove());

async function put(bytes: Buffer): Promise<void> {
  await rm(bundles(), { recursive: true, force: true });
  await mkdir(bundles());
  const at = new Date(Date.now() - 3_600_000);
  const name = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const file = join(bundles(), `network-${name}Z.bundle`);
  await writeFile(file, bytes);
  await utimes(file, at, at);
}

const flipped = (): Buffer => Buffer.from(good.map((byte, index) => (index === good.length - 60 ? byte ^ 0xff : byte)));

test.each([
  { title: 'a whole bundle passes', verdict: 'passed', code: 'restore.ok', inject: () => put(good) },
  {
    title: 'a bundle that was cut off fails',
    verdict: 'failed',
    code: 'restore.truncated',
    inject: () => put(good.subarray(0, good.length / 2)),
  },
  { title: 'a bundle with a flipped byte fails', verdict: 'failed', code: 'restore.corrupt', inject: () => put(flipped()) },
  {
    title: 'a folder without a bundle fails',
    verdict: 'failed',
    code: 'select.no-recovery-point',
    inject: () => rm(bundles(), { recursive: true }).then(() => mkdir(bundles())),
  },
  {
    title: 'a folder that is not there is inconclusive',
    verdict: 'inconclusive',
    code: 'drill.could-not-select',
    inject: () => rm(bundles(), { recursive: true }),
  },
])('$title, by three small scripts outside our code', async ({ verdict, code, inject }) => {
  await inject();

  const { record, ran } = await place.drill(join(place.folder, 'plans/lakeside/plan.yaml'));

  expect(
    record.findings.map(found => found.code),
    ran.stderr,
  ).toContain(code);
  expect(record.verdict, ran.stderr).toBe(verdict);
  expect(record.destroyed?.verified ?? true).toBe(true);
});
