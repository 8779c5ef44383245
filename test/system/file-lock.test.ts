import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LockError } from '../../src/system/file-lock.ts';
import { lockFile } from '../../src/system/file-lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-file-lock-');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As it was built of these sources. */
const LOCK = join(import.meta.dirname, '../../dist/system/file-lock.js');

/** Whether another process gets it at once. */
async function isFree(path: string): Promise<boolean> {
  return promisify(execFile)('flock', ['--nonblock', path, 'true']).then(
    () => true,
    () => false,
  );
}

test('keeps others out, of this process too, until it is released', async () => {
  const path = join(folder, 'a lock');
  const first = await lockFile(path, 1_000);
  const whileHeld = await isFree(path);
  const refused = await lockFile(path, 10).catch((error: unknown) => error);
  const order: string[] = [];
  const second = lockFile(path, 10_000).then(async lock => {
    order.push('second');
    await lock.release();
  });
  order.push('released');
  await first.release();
  await first.release();
  await second;

  expect(whileHeld).toBe(false);
  expect(refused).toMatchObject({ code: 'busy' } satisfies Partial<LockError>);
  expect(order).toEqual(['released', 'second']);
  expect(await isFree(path)).toBe(true);
});

test('of many files at the same time are held apart, and one after the other by the same process', async () => {
  const before = new Set(await childrenOf(process.pid));
  const paths = ['one', 'two', 'three'].map(name => join(folder, name));
  const locks = await Promise.all(paths.map(path => lockFile(path, 1_000)));
  const held = await Promise.all(paths.map(isFree));
  for (const lock of locks) await lock.release();
  for (let round = 0; round < 20; round += 1) await (await lockFile(join(folder, 'one'), 1_000)).release();
  const holders = (await childrenOf(process.pid)).filter(pid => !before.has(pid));

  expect(held).toEqual([false, false, false]);
  expect(await Promise.all(paths.map(isFree))).toEqual([true, true, true]);
  expect(holders.length).toBeLessThanOrEqual(3);
});

test('of a file that cannot be opened are refused, and the next one is taken', async () => {
  const path = join(folder, 'no', 'such', 'folder');
  const refused = await lockFile(path, 10).catch((error: unknown) => error);
  await mkdir(join(folder, 'no', 'such'), { recursive: true });
  const lock = await lockFile(path, 10);
  await lock.release();

  expect(refused).toMatchObject({ code: 'cannot-open' } satisfies Partial<LockError>);
  await expect(lockFile(join(folder, 'a\nb'), 10)).rejects.toMatchObject({ code: 'cannot-open' });
});

test('are free again when the process that has them is killed, and do not keep one alive that has none', async () => {
  const path = join(folder, 'killed');
  const script = (then: string): string => `import { lockFile } from '${LOCK}'; const lock = await lockFile('${path}', 10_000); ${then}`;
  const run = (text: string) => spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const holding = run(script("console.log('held'); setInterval(() => {}, 1000);"));
  await new Promise(resolve => holding.stdout.once('data', resolve));
  const whileHeld = await isFree(path);
  holding.kill('SIGKILL');
  const next = await lockFile(path, 10_000);
  await next.release();
  const ending = run(script('await lock.release();'));
  const code = await new Promise(resolve => ending.once('exit', resolve));

  expect(whileHeld).toBe(false);
  expect(code).toBe(0);
});

async function childrenOf(pid: number): Promise<readonly string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')));
  return lists.flatMap(list => list.split(' ').filter(Boolean));
}
