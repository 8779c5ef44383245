import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT } from '../fixtures/sources.ts';

/** The program runs in a process of its own: signals, pipes and exit codes are a process's affair. */
const RUN = `
import { passThrough } from './pass-through.mjs';
const [file, ...args] = process.argv.slice(2);
const ended = await passThrough({ file, args, env: process.env, stdout: process.stdout, stderr: process.stderr, keepBytes: 1000 });
const { stderr, ...rest } = ended;
process.send?.({ ...rest, stderr: stderr.toString() });
process.disconnect?.();
process.exitCode = ended.exitCode;
`;

describe('a command that runs in our place', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rsg-pass-');
    const source = await readFile(`${CHECKOUT}src/system/pass-through.ts`, 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
    });
    await writeFile(join(folder, 'pass-through.mjs'), outputText);
    await writeFile(join(folder, 'run.mjs'), RUN);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const start = (file: string, ...args: readonly string[]): ChildProcessByStdio<Writable, Readable, Readable> =>
    spawn(process.execPath, [join(folder, 'run.mjs'), file, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH, MINE: 'kept' },
    }) as unknown as ChildProcessByStdio<Writable, Readable, Readable>;
  const shell = (script: string) => start('sh', '-c', script);
  const reportOf = async (child: ReturnType<typeof start>) => {
    const [report] = (await once(child, 'message')) as [{ exitCode: number; outputBytes: number; stderr: string; cut: boolean }];
    return report;
  };

  it('gets its input and gives its output byte by byte, 5 MB of them, and is counted', async () => {
    const child = start('sh', '-c', 'cat; printf "%s" "$MINE" >&2');
    const bytes = Buffer.alloc(5_000_000, 0);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2_654_435_761) >>> 24;
    child.stdin.end(bytes);
    const [report, out, err] = await Promise.all([reportOf(child), buffer(child.stdout), text(child.stderr), once(child, 'close')]);

    expect(createHash('sha256').update(out).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(report).toMatchObject({ exitCode: 0, outputBytes: 5_000_000, stderr: 'kept', cut: false });
    expect(err).toBe('kept');
  });

  it.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['exit 255', 255],
    ['kill -KILL $$', 137],
    ['kill -TERM $$', 143],
  ])('ends as it would have without us: %s', async (script, expected) => {
    const [code] = (await once(shell(script), 'close')) as [number];

    expect(code).toBe(expected);
  });

  it('that is not there ends with 127, one that may not run with 126', async () => {
    const codes = await Promise.all(['/no/such/program', '/etc/passwd'].map(async file => (await once(start(file), 'close'))[0] as number));

    expect(codes).toEqual([127, 126]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is told of %s and ends in its own way', async signal => {
    const child = shell(`trap 'echo tidy; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`);
    const out = text(child.stdout.once('data', () => child.kill(signal)));
    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(9);
    expect(await out).toContain('tidy');
  });

  it('may open its outputs again by name, as scripts do', async () => {
    const child = shell('echo one > /dev/stdout; echo two | tee /dev/stderr > /dev/null');
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect([out, err]).toEqual(['one\n', 'two\n']);
  });

  it('learns that its reader has gone', async () => {
    const child = shell('yes');
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(141);
  });

  it('keeps the last of its standard error', async () => {
    const child = shell('i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done');
    const [report, err] = await Promise.all([reportOf(child), text(child.stderr), once(child, 'close')]);
    const { stderr, cut } = report;

    expect(err.split('\n')).toHaveLength(3001);
    expect(cut).toBe(true);
    expect(err.endsWith(stderr)).toBe(true);
    expect(stderr).toHaveLength(1000);
  });
});
