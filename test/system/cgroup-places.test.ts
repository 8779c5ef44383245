import { expect, test } from 'vitest';
import { placesIn } from '../../src/system/cgroup-places.ts';

const V1 = `30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
33 25 0:29 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
34 25 0:30 / / rw - ext4 /dev/vda rw`;

test('finds version 1 below our own group, then at the top', () => {
  const places = placesIn(V1, '4:memory:/container/a\n3:pids:/\n2:cpu,cpuacct:/x\n1:freezer:/\n0::/');

  expect(places).toEqual([
    { version: 1, parent: '/sys/fs/cgroup/memory/container/a', controllers: ['memory'] },
    { version: 1, parent: '/sys/fs/cgroup/memory', controllers: ['memory'] },
    { version: 1, parent: '/sys/fs/cgroup/pids', controllers: ['pids'] },
    { version: 1, parent: '/sys/fs/cgroup/cpu,cpuacct/x', controllers: ['cpu'] },
    { version: 1, parent: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu'] },
  ]);
});

test('finds version 2 beside our own group, because one with processes can have none below it', () => {
  const mounts = '30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';

  const places = placesIn(mounts, '0::/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope\n');

  expect(places.map(place => [place.version, place.parent])).toEqual([
    [2, '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice'],
    [2, '/sys/fs/cgroup'],
  ]);
});

test('stays at the mount in a container that sees only its part', () => {
  const mounts = '30 25 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw';

  expect(placesIn(mounts, '0::/\n').map(place => place.parent)).toEqual(['/sys/fs/cgroup']);
  expect(placesIn(mounts, '0::/docker/abc\n').map(place => place.parent)).toEqual(['/sys/fs/cgroup']);
});

test('finds none where there are none', () => {
  expect(placesIn('', '')).toEqual([]);
});
