// A worker as the sweep sees it: a process that says what it is at, until it is killed; and what it had said last is what it died of.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const PRELOAD = new URL('preload.mjs', import.meta.url);

/** Starts `resurgam …` on a machine. `shiftMs` is added to its clock; `aim`: at what it is to die, and so long after it came to that. */
export function startWorker({ main, role, log, shiftMs, aim }) {
  const { machine, args } = role;
  const preload = `${PRELOAD}?shift=${shiftMs}${aim === undefined ? '' : `&aim=${aim.phase}&after=${aim.afterMs}`}`;
  const command = [...machine.enter, process.execPath, '--import', preload, main, ...args];
  const out = openSync(log, 'a');
  const child = spawn(command[0], command.slice(1), { cwd: '/', env: machine.env, stdio: ['ignore', out, out, 'pipe'] });
  closeSync(out);
  const events = new EventEmitter();
  const worker = Object.assign(listen(child, events), { role, log, shiftMs, pid: child.pid, events, startedAt: performance.now() });
  worker.kill = signal => worker.exit === undefined && child.kill(signal);
  // Not `close`: what the worker had started may still hold its output.
  worker.ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve((worker.exit = signal ?? code)));
  }).then(() => worker.silent);
  return worker;
}

/** Spans that are open, how long those took that ended, when it last said anything, and how many ledgers it has followed since it began a drill. */
function listen(child, events) {
  const heard = { open: new Map(), past: new Set(), readyMs: undefined, saidAt: performance.now(), spans: 0, looks: 0, exit: undefined };
  const began = performance.now();
  const lines = createInterface({ input: child.stdio[3] });
  heard.silent = new Promise(resolve => lines.on('close', resolve));
  child.stdio[3].on('error', () => undefined);
  lines.on('line', line => {
    const told = JSON.parse(line);
    heard.saidAt = performance.now();
    if (told.ready === true) heard.readyMs = performance.now() - began;
    if (told.begins !== undefined) {
      heard.spans += 1;
      if (told.name === 'drill') heard.looks = 0;
      heard.open.set(told.begins, { ...told, since: performance.now() });
      events.emit('begins', told.name);
    }
    const ended = heard.open.get(told.ends);
    if (ended === undefined) return;
    heard.open.delete(told.ends);
    heard.past.add(ended);
    if (ended.name === 'follow') heard.looks += 1;
    events.emit('ends', ended.name, performance.now() - ended.since);
  });
  return heard;
}

/** The last lines of a worker's log, for a message. */
export function lastLines(path, count = 8) {
  return readFileSync(path, 'utf8').trim().split('\n').slice(-count).join('\n');
}
