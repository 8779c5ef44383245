// A worker as the sweep sees it: a process that is started, looked at from outside, and killed.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a drill is at, by the programs that run below its worker; the first that fits. */
const BY_PROGRAM = [
  [/fetching\.js/, 'fetch'],
  [/\binitdb\b/, 'initialise'],
  [/\bpg_restore\b|\bpsql\b/, 'restore'],
  [/\bpostgres\b/, 'service and probes'],
  [/\bbwrap\b/, 'provision'],
];

/** Starts `resurgam …`; `shiftMs` sets its clock back. */
export function startWorker({ main, args, env, log, shiftMs = 0 }) {
  const shift = `const D=Date,s=${shiftMs};globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()-s)}static now(){return D.now()-s}}`;
  const before = shiftMs === 0 ? [] : ['--import', `data:text/javascript,${encodeURIComponent(shift)}`];
  const child = spawn(process.execPath, [...before, main, ...args], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      appendFileSync(log, chunk);
      lines.push(...chunk.toString('utf8').split('\n').filter(Boolean));
    });
  }
  let code;
  const ended = new Promise(resolve => child.on('close', exit => resolve((code = exit ?? 'killed'))));
  return { pid: child.pid, ended, lines, exitCode: () => code, kill: signal => child.kill(signal) };
}

/** What the worker is doing now, and the drills that it has marked as its own. */
export function lookAt(pid, { home, drilled, mailPorts }) {
  const drills = markersOf(pid, home);
  const phases = new Set(below(pid).flatMap(command => BY_PROGRAM.filter(([program]) => program.test(command)).map(([, phase]) => phase)));
  for (const { drill } of drills) {
    if (existsSync(join(home, 'scratch', drill))) drilled.add(drill);
    else phases.add(drilled.has(drill) ? 'sign' : 'select');
  }
  if (mailPorts.size > 0 && sends(pid, mailPorts)) phases.add('deliver');
  return { phases, drills };
}

function markersOf(pid, home) {
  const folder = join(home, 'locks');
  return names(folder)
    .filter(name => name.startsWith('running-'))
    .flatMap(name => {
      try {
        const marker = JSON.parse(readFileSync(join(folder, name), 'utf8'));
        return marker.pid === pid ? [marker] : [];
      } catch {
        return [];
      }
    });
}

/** Command lines of everything below a process. */
function below(pid) {
  return childrenOf(pid).flatMap(child => [read(`/proc/${child}/cmdline`).replaceAll('\0', ' '), ...below(child)]);
}

function childrenOf(pid) {
  return names(`/proc/${pid}/task`).flatMap(task => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean));
}

/** Whether one of its sockets is connected from one of these ports. */
function sends(pid, ports) {
  const inodes = new Set();
  for (const line of read(`/proc/${pid}/net/tcp`).split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (ports.has(parseInt(fields[1]?.split(':')[1] ?? '', 16))) inodes.add(fields[9]);
  }
  return names(`/proc/${pid}/fd`).some(fd => inodes.has(/^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1]));
}

export function names(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
