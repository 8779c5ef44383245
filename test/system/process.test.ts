import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProcess } from '../../src/system/proc.ts';
import { runTool, startTool, type ToolCommand } from '../../src/system/process.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-process-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function shell(script: string, more: Partial<ToolCommand> = {}): ToolCommand {
  return { file: '/bin/bash', args: ['-c', script], env: { PATH: '/usr/bin:/bin' }, timeLimitMs: 20_000, graceMs: 100, ...more };
}

async function pidIn(name: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(10);
  }
}

/** A killed process needs a moment to be gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 100; turn++) {
    const entry = await readProcess(pid);
    if (entry === undefined || entry.state === 'Z') return true;
    await sleep(20);
  }
  return false;
}

test('tells how a program ended, and what it printed', async () => {
  const result = await runTool(shell('echo out; echo err >&2; exit 3'), never);

  expect(result).toMatchObject({
    exitCode: 3,
    signal: undefined,
    timedOut: false,
    stopped: false,
    stdout: 'out\n',
    stderr: 'err\n',
    droppedBytes: 0,
  });
});

test('tells the signal that ended a program', async () => {
  const result = await runTool(shell('kill -SEGV $$'), never);

  expect(result).toMatchObject({ exitCode: undefined, signal: 'SIGSEGV', timedOut: false, stopped: false });
});

test('kills a grandchild that ignores SIGTERM and holds the pipe, with its group', async () => {
  const result = await runTool(
    shell(`(trap '' TERM; echo $BASHPID > ${folder}/pid; while :; do sleep 0.1; done) & exit 0`, { timeLimitMs: 1_500 }),
    never,
  );

  expect(result.timedOut).toBe(true);
  expect(await isGone(await pidIn('pid'))).toBe(true);
});

test('does not wait for ever for one that left the group and holds the pipe', async () => {
  const result = await runTool(shell(`setsid bash -c 'echo $$ > ${folder}/pid; exec sleep 30' & sleep 30`, { timeLimitMs: 1_500 }), never);
  process.kill(await pidIn('pid'), 'SIGKILL');

  expect(result.timedOut).toBe(true);
  expect(result.durationMs).toBeLessThan(20_000);
});

test('ends a program when it is stopped, politely first', async () => {
  const stop = new AbortController();
  const tool = startTool(
    shell(`trap 'echo asked; exit 9' TERM; echo up > ${folder}/pid; while :; do sleep 0.02; done`, { graceMs: 5_000 }),
    stop.signal,
  );
  while ((await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) === '') await sleep(10);

  stop.abort();
  const result = await tool.ended;

  expect(result).toMatchObject({ exitCode: 9, stopped: true, timedOut: false, stdout: 'asked\n' });
});

test('does not let a program run whose drill is stopped already', async () => {
  const result = await runTool(shell('sleep 20'), AbortSignal.abort());

  expect(result).toMatchObject({ stopped: true, exitCode: undefined });
});

test('keeps the last part of long output, and counts what it dropped', async () => {
  const result = await runTool(
    shell('head -c 300000 /dev/zero | tr "\\0" a; printf end; head -c 5000 /dev/zero | tr "\\0" e >&2', { keepBytes: 1_000 }),
    never,
  );

  expect(result.stdout).toHaveLength(1_000);
  expect(result.stdout.endsWith('aend')).toBe(true);
  expect(result.stderr).toHaveLength(1_000);
  expect(result.droppedBytes).toBe(300_003 - 1_000 + 5_000 - 1_000);
});

test('slows a program down to the pace of an async sink', async () => {
  let seen = 0;
  let mostBehind = 0;
  const counted = `perl -e '$| = 1; for (1..64) { syswrite STDOUT, "x" x 65536; open F, ">", "${folder}/written"; print F $_ * 65536, "\\n"; close F }'`;
  const slow = async (chunk: Buffer): Promise<void> => {
    await sleep(5);
    seen += chunk.length;
    const written = Number(await readFile(join(folder, 'written'), 'utf8').catch(() => '0'));
    mostBehind = Math.max(mostBehind, written - seen);
  };

  const result = await runTool(shell(counted, { stdout: slow }), never);

  expect(result.exitCode).toBe(0);
  expect(seen).toBe(64 * 65_536);
  expect(mostBehind).toBeLessThan(1_000_000);
});

test('ends the program and rejects when a sink rejects', async () => {
  const failing = (): Promise<void> => Promise.reject(new Error('the sink is full'));

  const run = runTool(shell(`echo $$ > ${folder}/pid; echo one; sleep 30`, { stdout: failing }), never);

  await expect(run).rejects.toThrow('the sink is full');
  expect(await isGone(await pidIn('pid'))).toBe(true);
});

test('writes output to a file, and each stream apart', async () => {
  const file = join(folder, 'out');

  const result = await runTool(shell('echo to the file; echo kept >&2', { stdout: { file } }), never);

  expect(await readFile(file, 'utf8')).toBe('to the file\n');
  expect(result).toMatchObject({ stdout: '', stderr: 'kept\n' });
});

test('feeds standard input, and minds not that the program closes it early', async () => {
  const all = await runTool(shell('cat', { stdin: 'as text' }), never);
  const streamed = await runTool(shell('cat', { stdin: Readable.from([Buffer.from('as '), Buffer.from('stream')]) }), never);
  const early = await runTool(
    shell('head -c 3', { stdin: Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'y'))) }),
    never,
  );
  const none = await runTool(shell('cat; echo empty'), never);

  expect([all.stdout, streamed.stdout, early.stdout, none.stdout]).toEqual(['as text', 'as stream', 'yyy', 'empty\n']);
});

test('answers for a program that is not there, without its arguments', async () => {
  const result = await runTool({ file: 'no-such-program', args: ['Jane Doe.dump'], env: { PATH: '/usr/bin' }, timeLimitMs: 1_000 }, never);

  expect(result).toMatchObject({ exitCode: undefined, signal: undefined, timedOut: false });
  expect(result.stderr).toContain('no-such-program');
  expect(result.stderr).toContain('ENOENT');
  expect(result.stderr).not.toContain('Jane');
});

test('passes on nothing of our own environment', async () => {
  process.env.RESURGAM_TEST_SECRET = 'hunter2';

  const result = await runTool(shell('env', { env: { PATH: '/usr/bin:/bin', GIVEN: 'yes' } }), never);
  delete process.env.RESURGAM_TEST_SECRET;

  expect(result.stdout).toContain('GIVEN=yes');
  expect(result.stdout).not.toContain('hunter2');
  expect(result.stdout.split('\n').filter(line => !/^(PATH|GIVEN|PWD|SHLVL|_)=|^$/.test(line))).toEqual([]);
});

test('lets a limit longer than any timer be what it says', async () => {
  const result = await runTool(shell('sleep 0.1; echo done', { timeLimitMs: 10 ** 12 }), never);

  expect(result).toMatchObject({ stdout: 'done\n', timedOut: false });
});

test('signals the whole group, and minds not that it is gone', async () => {
  const tool = startTool(shell(`trap 'echo hup; exit 0' HUP; echo up > ${folder}/pid; while :; do sleep 0.02; done`), never);
  while ((await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) === '') await sleep(10);

  tool.signal('SIGHUP');
  const result = await tool.ended;

  expect(result.stdout).toBe('hup\n');
  expect(() => tool.signal('SIGKILL')).not.toThrow();
});
