import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { whyUnavailable } from '../../../src/sandbox/namespace/unavailable.ts';
import { runTool } from '../../../src/system/process.ts';
import { requestOf } from '../../conformance/sandbox.ts';
import { bundle, ORDINARY_UID } from './as-user.ts';

const isRoot = process.getuid?.() === 0;
const never = new AbortController().signal;
let folder: string;
let program: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-unavailable-');
  program = await bundle('unavailable-main.ts');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await program.clean();
});

test('says which package is missing', async () => {
  const error = await whyUnavailable('no-such-bwrap');

  expect(error).toMatchObject({ name: 'SandboxError', code: 'tool-missing', hint: 'Run: apt-get install bubblewrap' });
});

test('says that a bubblewrap is too old', async () => {
  const old = join(folder, 'old-bwrap');
  await writeFile(old, '#!/bin/sh\necho "bwrap: Unknown option --disable-userns" >&2\nexit 1\n');
  await chmod(old, 0o755);

  const error = await whyUnavailable(old);

  expect(error).toMatchObject({ code: 'tool-missing', message: 'this bubblewrap is older than 0.8' });
});

test('makes provisioning fail with the same words, and leaves nothing', async () => {
  const scratch = join(folder, 'scratch');

  const provision = namespaceSandbox({ scratch, bubblewrap: 'no-such-bwrap' }).provision(requestOf(), never);

  await expect(provision).rejects.toMatchObject({ code: 'tool-missing', hint: 'Run: apt-get install bubblewrap' });
});

/** As nobody, in a user namespace whose switch for further ones is set to 0 before our program starts in it. */
async function whereForbidden(): Promise<{ readonly code: string; readonly message: string; readonly hint: string }> {
  const user = isRoot ? ['--reuid', String(ORDINARY_UID), '--regid', String(ORDINARY_UID), '--clear-groups'] : [];
  const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --inh-caps=-all --ambient-caps=-all "$@"';
  const inside = ['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c', script, 'sh', process.execPath, program.file];
  const command = { file: 'setpriv', args: [...user, ...inside], env: { PATH: '/usr/bin:/bin:/usr/sbin' }, timeLimitMs: 20_000 };
  const result = await runTool(command, never);
  return JSON.parse(result.stdout) as { code: string; message: string; hint: string };
}

test('says that user namespaces are forbidden, by which switch, and how to allow them', async () => {
  const answer = await whereForbidden();

  expect(answer.code).toBe('namespaces-forbidden');
  expect(answer.message).toContain('user.max_user_namespaces is 0');
  expect(answer.hint).toContain('sysctl -w user.max_user_namespaces=');
});
