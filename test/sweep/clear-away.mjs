// When a sweep ends early: everything that its workers had started goes, and only that.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { names, readIf } from './judge-remains.mjs';

export async function clearAway({ running, machines }, { keep }) {
  for (const worker of running.values()) worker.kill('SIGKILL');
  await Promise.all([...running.values()].map(worker => worker.ended.catch(() => undefined)));
  if (keep) return;
  // A sandbox's folder has the name of its drill; after a sweep that came to its end there is none.
  for (const { home } of machines) for (const drill of names(join(home, 'scratch'))) await removeSandbox(home, drill);
}

async function removeSandbox(home, drill) {
  for (let turn = 0; turn < 50; turn++) {
    const left = names('/proc').filter(pid => /^\d+$/.test(pid) && environmentOf(pid).includes(`RESURGAM_DRILL=${drill}`));
    if (left.length === 0) break;
    for (const pid of left) kill(Number(pid));
    await sleep(20);
  }
  const folder = join(home, 'scratch', drill);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '');
  for (const at of mounts.filter(one => one.startsWith(folder)).reverse()) execFileSync('umount', ['-l', at]);
  rmSync(`/tmp/resurgam-outside-${drill}`, { recursive: true, force: true });
  for (const at of ['', 'memory', 'pids', 'cpu', 'cpu,cpuacct'].map(part => join('/sys/fs/cgroup', part, `resurgam-${drill}`))) {
    try {
      rmdirSync(at);
    } catch (error) {
      if (error.code !== 'ENOENT') console.error(`${at}: ${error.message}`);
    }
  }
}

const environmentOf = pid => readIf(`/proc/${pid}/environ`).split('\0');

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
