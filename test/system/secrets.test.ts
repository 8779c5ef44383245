import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveSecret, Secret, SecretError, type SecretPlace } from '../../src/system/secrets.ts';
import { runTool } from '../../src/system/process.ts';

const VALUE = 'hunter2-Zq9';
const stop = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(content: string | Uint8Array, mode = 0o600): Promise<string> {
  const file = join(folder, 'secret');
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

async function refusal(place: SecretPlace, env: Readonly<Record<string, string>> = {}): Promise<SecretError> {
  const answer = await resolveSecret(place, { env, stop }).catch((error: unknown) => error);
  if (answer instanceof SecretError) return answer;
  throw new Error('expected the secret to be refused');
}

describe('a secret', () => {
  test('comes from a variable, a file or a program, without the newline at its end', async () => {
    const file = await put(`${VALUE}\n`);
    const places: SecretPlace[] = [{ env: 'EHR_PASSWORD' }, { file }, { command: ['/bin/cat', file] }];

    const secrets = await Promise.all(places.map(place => resolveSecret(place, { env: { EHR_PASSWORD: VALUE }, stop })));

    expect(secrets.map(secret => secret.reveal())).toEqual([VALUE, VALUE, VALUE]);
  });

  test('keeps blanks and further newlines', async () => {
    const secret = await resolveSecret({ file: await put(' a \r\n\n') }, { env: {}, stop });

    expect(secret.reveal()).toBe(' a \r\n');
  });

  test('cannot be printed in any usual way', () => {
    const secret = new Secret(VALUE);

    const printed = [
      String(secret),
      `a ${String(secret)} b`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }),
      Object.values(secret).join(),
    ];

    expect(printed.join(' ')).not.toContain(VALUE);
    expect(printed[0]).toBe('[secret]');
  });
});

describe('a place without a secret', () => {
  test('is named, and what to do', async () => {
    const error = await refusal({ env: 'EHR_PASSWORD' });

    expect(error).toMatchObject({ code: 'missing', message: 'secret from variable EHR_PASSWORD is not set' });
    expect(error.hint).toContain('EHR_PASSWORD');
  });

  test.each([
    ['missing', { file: '/nowhere/secret' }],
    ['command-failed', { command: ['/bin/false'] }],
    ['command-failed', { command: ['/nowhere/program'] }],
    ['empty', { command: ['/bin/true'] }],
    ['unreadable', { file: '/' }],
  ] as const)('is an error %s for %j', async (code, place) => {
    expect((await refusal(place)).code).toBe(code);
  });

  test.each([
    ['empty', '\n'],
    ['too-long', 'x'.repeat(70_000)],
    ['not-text', new Uint8Array([0xff, 0xfe])],
    ['not-text', 'a\0b'],
  ] as const)('is an error %s for a file of that content', async (code, content) => {
    expect((await refusal({ file: await put(content) })).code).toBe(code);
  });

  test('as a named pipe is refused instead of waited for', async () => {
    const pipe = join(folder, 'pipe');
    await runTool({ file: '/usr/bin/mkfifo', args: [pipe], env: {}, timeLimitMs: 5_000 }, stop);

    expect((await refusal({ file: pipe })).code).toBe('unreadable');
  });
});

describe('a file that others can read or change', () => {
  test.each([0o644, 0o604, 0o602, 0o666])('(mode %o) is refused with what to do', async mode => {
    const error = await refusal({ file: await put(VALUE, mode) });

    expect(error.code).toBe('readable-by-others');
    expect(error.hint).toContain('chmod 600');
  });

  test.each([0o600, 0o400, 0o640, 0o440])('is not one of mode %o', async mode => {
    const secret = await resolveSecret({ file: await put(VALUE, mode) }, { env: {}, stop });

    expect(secret.reveal()).toBe(VALUE);
  });
});

describe('a program', () => {
  test('that fails is not quoted', async () => {
    const error = await refusal({ command: ['/bin/sh', '-c', `echo ${VALUE}; echo ${VALUE} >&2; exit 3`] });

    expect(error.message).toBe('secret from program /bin/sh: ended with 3');
    expect(inspect(error, { depth: 9 })).not.toContain(VALUE);
  });

  test('that prints without end is refused', async () => {
    expect((await refusal({ command: ['/usr/bin/head', '-c', '200000', '/dev/zero'] })).code).toBe('too-long');
  });

  test('gets the environment that it is given', async () => {
    const secret = await resolveSecret({ command: ['/bin/sh', '-c', 'printf %s "$VAULT"'] }, { env: { VAULT: VALUE }, stop });

    expect(secret.reveal()).toBe(VALUE);
  });

  test('ends when it is stopped', async () => {
    const stopping = new AbortController();
    const answer = resolveSecret({ command: ['/bin/sleep', '30'] }, { env: {}, stop: stopping.signal }).catch((error: unknown) => error);

    stopping.abort();

    expect(await answer).toMatchObject({ code: 'stopped' });
  });
});
