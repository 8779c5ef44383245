import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Counted } from './cgroup.ts';

/** A folder of the cgroup file system below which we may try to make a group. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly parent: string;
  readonly controllers: readonly Counted[];
}

/** Places to try, best first: below our own group where that can be, so that limits of the container or service we run in go on to hold. */
export async function cgroupPlaces(): Promise<readonly CgroupPlace[]> {
  const [mounts, own] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
  ]);
  return placesIn(mounts, own);
}

/** Where each hierarchy is mounted, whatever it limits. */
export async function cgroupTops(): Promise<readonly string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return mounts.split('\n').flatMap(line => (/ - cgroup2? /.test(line) ? [line.split(' ')[4] ?? ''] : []));
}

const COUNTED: readonly Counted[] = ['memory', 'pids', 'cpu'];

/** The same, of the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`. Pure. */
export function placesIn(mountinfo: string, ownCgroups: string): readonly CgroupPlace[] {
  const own = ownCgroups.split('\n').map(line => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  return mountinfo.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', at = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const controllers = type === 'cgroup2' ? COUNTED : COUNTED.filter(name => options.split(',').includes(name));
    if (controllers.length === 0) return [];
    const mine = own.find(each =>
      type === 'cgroup2' ? each.controllers[0] === '' : each.controllers.some(name => controllers.some(c => c === name)),
    );
    const below = relative(root, mine?.path ?? '/');
    const group = below === '' || below.startsWith('..') ? at : join(at, below);
    // In version 2 a group with processes cannot have limited groups below it: beside us is the place, then the top.
    const parents = type === 'cgroup2' ? [group === at ? at : dirname(group), at] : [group, at];
    return [...new Set(parents)].map(parent => ({ version: type === 'cgroup2' ? (2 as const) : (1 as const), parent, controllers }));
  });
}
