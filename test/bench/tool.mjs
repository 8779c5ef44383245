// Small things that the benchmarks share. They end by themselves and leave nothing behind.
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';

export const BIN = '/usr/lib/postgresql/15/bin';
const NOBODY = 65534;
const ROOT = process.getuid() === 0;
/** PostgreSQL refuses root. */
export const AS_SERVER = ROOT ? { uid: NOBODY, gid: NOBODY } : {};

/** Runs a program to its end and gives what it printed and how long it took; rejects when it fails or takes longer than 20 minutes. */
export function run(file, args, options = {}) {
  const { env = process.env, watch, accept = [0], ...rest } = options;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, args, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 1_200_000, ...rest });
    const out = [];
    let err = '';
    child.stdout.on('data', chunk => out.push(chunk));
    child.stderr.on('data', chunk => (err = (err + chunk).slice(-20_000)));
    const watching = watch?.(child.pid);
    child.on('error', reject);
    child.on('close', code => {
      const ms = performance.now() - began;
      const stdout = Buffer.concat(out).toString('utf8');
      watching?.end();
      if (accept.includes(code)) resolve({ stdout, stderr: err, ms, exitCode: code, watched: watching?.result() });
      else reject(new Error(`${file} ${args.join(' ')} ended with ${code}: ${err.trim() || stdout.slice(0, 500)}`));
    });
  });
}

/** Peak resident memory (VmHWM, in bytes) of a process and of the Node processes below it, by what they are. */
export function watchMemory(pid) {
  const peaks = { main: 0, fetching: 0 };
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    for (const one of await family(pid)) {
      const status = await readFile(`/proc/${one}/status`, 'utf8').catch(() => '');
      const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
      const isNode = one === pid || /^Name:\s+(node|MainThread)/m.test(status);
      if (!isNode) continue;
      const which = one === pid ? 'main' : 'fetching';
      peaks[which] = Math.max(peaks[which], peak);
    }
    busy = false;
  };
  const timer = setInterval(look, 100);
  void look();
  return { end: () => clearInterval(timer), result: () => peaks };
}

async function family(pid) {
  const all = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number);
  const parents = new Map();
  for (const one of all) {
    const stat = await readFile(`/proc/${one}/stat`, 'utf8').catch(() => '');
    parents.set(one, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const members = new Set([pid]);
  for (let pass = 0; pass < 8; pass++) for (const [one, parent] of parents) if (members.has(parent)) members.add(one);
  return [...members];
}

/** A PostgreSQL 15 server of our own, on a socket only, with these settings. */
export async function startServer(settings) {
  const folder = mkdtempSync('/tmp/resurgam-bench-server-');
  if (ROOT) chownSync(folder, NOBODY, NOBODY);
  const data = `${folder}/data`;
  const env = { PATH: `${BIN}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8', HOME: folder, PGHOST: folder, PGUSER: 'postgres', PGDATABASE: 'postgres' };
  const tool = (program, args, more = {}) => run(`${BIN}/${program}`, args, { env, ...more });
  await tool(
    'initdb',
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums'],
    AS_SERVER,
  );
  const flags = Object.entries({ ...settings, listen_addresses: '', unix_socket_directories: folder }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn(`${BIN}/postgres`, ['-D', data, ...flags], { ...AS_SERVER, cwd: '/', env, stdio: 'ignore' });
  const ended = new Promise(resolve => server.on('close', resolve));
  // The benchmark was broken off: at once, then, and without asking.
  const brokenOff = () => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', brokenOff);
  const stop = async () => {
    server.kill('SIGQUIT');
    await ended;
    process.off('exit', brokenOff);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (let tries = 0; ; tries++) {
      if ((await tool('psql', ['-qXAtc', 'select 1'], { accept: [0, 1, 2] })).exitCode === 0) break;
      if (tries > 200 || server.exitCode !== null) throw new Error(`the server did not start with ${flags.join(' ')}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, tool, stop };
}

export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export const seconds = ms => `${(ms / 1000).toFixed(2)} s`;
export const megabytes = bytes => `${(bytes / 1e6).toFixed(0)} MB`;

/** Peak resident memory (VmHWM, in bytes) of one process, threads included. */
export function peakMemory(pid) {
  let peak = 0;
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
  };
  const timer = setInterval(look, 50);
  void look();
  return { end: () => clearInterval(timer), result: () => peak };
}
