import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askOnce } from '../../src/system/ask-once.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-ask-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that says this, and notes that it was asked. */
async function program(says: string, exitCode = 0): Promise<void> {
  const file = join(folder, 'tool');
  await writeFile(file, `#!/bin/sh\necho asked >> ${folder}/asked\necho ${says}\nexit ${exitCode}\n`);
  await chmod(file, 0o755);
}

async function ask(args: readonly string[] = ['--version'], file = 'tool'): Promise<string> {
  const env = { PATH: `/nonexistent:${folder}:/usr/bin:/bin` };
  return (await askOnce({ file, args, env, timeLimitMs: 10_000 }, never)).stdout.trim();
}

const timesAsked = async (): Promise<number> => (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n').length;

test('a program is asked for the same once, by its name and by its path', async () => {
  await program('one');

  expect([await ask(), await ask(), await ask(['--version'], join(folder, 'tool'))]).toEqual(['one', 'one', 'one']);
  expect(await timesAsked()).toBe(1);
});

test('another question is another answer', async () => {
  await program('$1');

  expect([await ask(['--version']), await ask(['--help'])]).toEqual(['--version', '--help']);
});

test('a program that was replaced is asked again', async () => {
  await program('old');
  await ask();

  // Of another size: what is written within one tick of the clock may have the same date.
  await program('another');

  expect(await ask()).toBe('another');
});

test('what went wrong is not remembered', async () => {
  await program('broken', 3);

  expect([await ask(), await ask()]).toEqual(['broken', 'broken']);
  expect(await timesAsked()).toBe(2);
});

test('a program that is not there is looked for each time', async () => {
  expect((await askOnce({ file: 'tool', args: [], env: { PATH: folder }, timeLimitMs: 10_000 }, never)).exitCode).toBeUndefined();

  await program('here now');

  expect(await ask()).toBe('here now');
});
