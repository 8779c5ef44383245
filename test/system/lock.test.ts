import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, type Held, type Lock } from '../../src/system/lock.ts';
import { ownOwner } from '../../src/system/owner.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-lock-');
  path = join(folder, 'locks', 'plan');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function taken(what = 'a drill'): Promise<Lock> {
  const lock = await acquireLock(path, what);
  if (lock.held) throw new Error('expected the lock, found it held');
  return lock;
}

/** The owner of a lock that was killed before it could release it. */
async function deadOwner(): Promise<{ pid: number; startTime: string; bootId: string }> {
  const child = spawn('sleep', ['0']);
  await new Promise(resolve => child.once('exit', resolve));
  return { pid: child.pid ?? 0, startTime: '1', bootId: (await ownOwner()).bootId };
}

test('is ours, then others are told who has it and for what', async () => {
  const own = await ownOwner();

  await taken('a drill of lakeside');
  const second = await acquireLock(path, 'another');

  expect(second).toEqual({ held: true, owner: own, what: 'a drill of lakeside' });
});

test('is free again after its release, which may be repeated', async () => {
  const first = await taken();
  await first.release();
  const second = await taken();

  await first.release();

  expect((await acquireLock(path, 'third')).held).toBe(true);
  await second.release();
  expect(await readdir(join(folder, 'locks'))).toEqual([]);
});

test('is released at the end of its block', async () => {
  {
    await using lock = await taken();
    expect(lock.held).toBe(false);
  }

  expect(await readdir(join(folder, 'locks'))).toEqual([]);
});

for (const [title, change] of [
  ['whose process is gone', {}],
  ['of an earlier boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
] as const) {
  test(`takes over a lock ${title}`, async () => {
    const first = await taken();
    const stale = { ...(await deadOwner()), ...change };
    await writeFile(path, JSON.stringify({ ...stale, what: 'killed', nonce: title }));

    const second = await taken('the next');

    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ ...(await ownOwner()), what: 'the next' });
    await first.release();
    expect((await acquireLock(path, 'third')).held).toBe(true);
    await second.release();
  });
}

test('takes over a lock whose pid is another process by now', async () => {
  await taken();
  await writeFile(path, JSON.stringify({ ...(await ownOwner()), startTime: '1', what: 'before', nonce: 'n' }));

  const lock = await acquireLock(path, 'after');

  expect(lock.held).toBe(false);
});

test('believes a lock that it cannot understand', async () => {
  const lock = await taken();
  await lock.release();
  await writeFile(path, 'not ours');

  const held = (await acquireLock(path, 'x')) as Held;

  expect(held).toEqual({ held: true, owner: undefined, what: undefined });
  expect(await readFile(path, 'utf8')).toBe('not ours');
});

test('is given to exactly one of many who find it stale, also beside a stale guard', async () => {
  for (let round = 0; round < 20; round++) {
    const first = await taken();
    await first.release();
    await writeFile(path, JSON.stringify({ ...(await deadOwner()), what: 'killed', nonce: round }));

    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => acquireLock(path, `taker ${String(index)}`)));

    const winners = answers.filter(answer => !answer.held);
    expect(winners).toHaveLength(1);
    await winners[0]?.release();
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  }
});

test('survives a taker that was killed while it held the guard', async () => {
  const { createHash } = await import('node:crypto');
  const first = await taken();
  await first.release();
  const stale = JSON.stringify({ ...(await deadOwner()), what: 'killed', nonce: 'a' });
  const guard = `${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  await writeFile(path, stale);
  await writeFile(guard, JSON.stringify({ ...(await deadOwner()), what: 'killed too', nonce: 'b' }));

  const lock = await taken('the next');

  await lock.release();
  expect(await readdir(join(folder, 'locks'))).toEqual([]);
});
