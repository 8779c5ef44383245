// As root a sweep has a mount namespace of its own, with a folder in memory (its databases and ledgers are flushed thousands of times), and for
// several machines a network of its own. Both are gone when its last process is, however it ended.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { freemem } from 'node:os';

const INSIDE = 'RESURGAM_SWEEP_PLACE';
const LEAST_FREE_BYTES = 4 * 2 ** 30;
const SCRIPT = `mount -t tmpfs -o size=3g,mode=1777 tmpfs "$${INSIDE}" && exec "$@"`;

/** Comes back only in the inner process: the outer one waits for it and hands on its signals and its exit code. */
export async function enterOwnPlace({ network }) {
  if (process.env[INSIDE] !== undefined) return;
  if (process.getuid() !== 0 || (!network && freemem() < LEAST_FREE_BYTES)) {
    if (network) throw new Error('--machines needs root: it makes network namespaces');
    return;
  }
  const place = mkdtempSync('/tmp/rsg-memory-');
  const command = [process.execPath, ...process.argv.slice(1)];
  const apart = ['--mount', '--propagation', 'private', ...(network ? ['--net'] : []), 'sh', '-c', SCRIPT, 'sh', ...command];
  // In a group of its own: Ctrl-C comes once, from us.
  const child = spawn('unshare', apart, { stdio: 'inherit', detached: true, env: { ...process.env, [INSIDE]: place } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGINT'));
  const code = await new Promise(resolve => child.on('exit', exit => resolve(exit ?? 1)));
  rmdirSync(place);
  process.exit(code);
}
