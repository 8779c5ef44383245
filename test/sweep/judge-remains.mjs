// Whether anything was left on this machine: processes, folders, mounts, groups, files, locks.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './ledger-file.mjs';

/** `server`: the process of the sweep's own server, which goes only after the judge. */
export function remains(drilled, { home }, { folder, pids, server }) {
  const ids = new Set(drilled);
  const known = text => [...ids].some(id => text.includes(id)) || text.includes(folder);
  const files = String(execFileSync('find', [home, '-path', `${home}/postgres`, '-prune', '-o', '-print'])).split('\n');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '');
  const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/cpu'].flatMap(at =>
    names(at).map(name => join(at, name)),
  );
  return [
    check(
      'no process remains',
      pids.size,
      processesOf(folder, ids)
        .filter(({ pid }) => pid !== server)
        .map(({ words }) => words),
    ),
    check('no scratch folder remains', ids.size, names(join(home, 'scratch'))),
    check(
      'nothing remains in /tmp',
      ids.size,
      names('/tmp').filter(name => name.startsWith('resurgam-outside-') && known(name)),
    ),
    check(
      'no mount remains',
      ids.size,
      mounts.filter(at => at !== home && known(at)),
    ),
    check('no cgroup remains', ids.size, groups.filter(known)),
    check(
      'no temporary file remains',
      files.length,
      files.filter(path => /\.tmp$|\/\.probe-|\/\.new-/.test(path)),
    ),
    check('locks are free', names(join(home, 'locks')).length, locksHeld(join(home, 'locks'))),
  ];
}

function processesOf(folder, ids) {
  return names('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      const [command, environment] = ['cmdline', 'environ'].map(file => readIf(`/proc/${pid}/${file}`));
      const ours =
        [...ids].some(id => environment.includes(`RESURGAM_DRILL=${id}`)) ||
        (command.includes(folder) && !/\/postgres(\/|$)/.test(command.split('\0').find(part => part.includes(folder)) ?? ''));
      return ours ? [{ pid: Number(pid), words: `${pid} ${command.replaceAll('\0', ' ').slice(0, 120)}` }] : [];
    });
}

/** Kernel locks must be free, and files that say who holds something must name nobody who lives. */
function locksHeld(folder) {
  return names(folder).flatMap(name => {
    if (name.startsWith('drill-') && !processIs(ownerOf(join(folder, name)))) return [];
    if (!name.endsWith('.lock') || name.startsWith('drill-')) return [name];
    return spawnSync('flock', ['--nonblock', '--exclusive', join(folder, name), 'true']).status === 0 ? [] : [`${name} is held`];
  });
}

function processIs(pid) {
  return readIf(`/proc/${pid}/cmdline`).includes('main.js');
}

function ownerOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).pid;
  } catch {
    return undefined;
  }
}

export function readIf(path) {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

export function names(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
