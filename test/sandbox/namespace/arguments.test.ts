import { expect, test } from 'vitest';
import type { JailShape } from '../../../src/sandbox/cell/shape.ts';
import { bubblewrapArguments } from '../../../src/sandbox/namespace/arguments.ts';

const shape: JailShape = {
  runner: { as: 'drill-user', uid: 61_500 },
  network: false,
  etc: '/scratch/d/etc',
  mounts: [],
  visible: [],
  hidden: [],
  env: {},
  sharedMemoryBytes: 1000,
  temporaryBytes: 2000,
  readsEverything: false,
  processes: 100,
  filtered: true,
};

function line(change: Partial<JailShape> = {}): string {
  return bubblewrapArguments({ ...shape, ...change }, ['prog', 'one arg']).join(' ');
}

test('parts every namespace, and the network unless it is asked for', () => {
  const apart = [
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
  ];

  for (const each of [...apart, '--unshare-net']) expect(line()).toContain(each);
  for (const each of apart) expect(line({ network: true })).toContain(each);
  expect(line({ network: true })).not.toContain('--unshare-net');
});

test('gives up root for the drill’s own user, with no capability left', () => {
  const args = line();

  expect(args).toContain('--cap-drop ALL');
  expect(args).toMatch(
    /-- \/usr\/bin\/prlimit --nproc=100 \/usr\/bin\/setpriv --reuid 61500 --regid 61500 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs prog one arg$/,
  );
  expect(args).not.toContain('dac_read_search');
});

test('keeps one capability for a first jail that must read what is root’s', () => {
  const args = line({ readsEverything: true });

  expect(args).toContain('--inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search');
});

test('makes a user namespace for an ordinary user, who can make no other in it', () => {
  const args = line({ runner: { as: 'own-user' } });

  expect(args).toContain('--unshare-user --disable-userns --uid 65534 --gid 65534');
  expect(args).toContain('--no-new-privs prog');
  expect(args).not.toContain('--cap-add');
});

test('shows of the host only /usr without /usr/local, and what is mounted', () => {
  const args = bubblewrapArguments({ ...shape, mounts: [{ from: '/host/data', at: '/a/b/data', write: true }] }, ['prog']);

  const sources = args.flatMap((argument, index) => (/^--(ro-)?bind/.test(argument) ? [`${argument} ${args[index + 1] ?? ''}`] : []));
  const etc = ['passwd', 'group', 'hosts', 'nsswitch.conf'].map(name => `--ro-bind /scratch/d/etc/${name}`);
  expect(sources).toEqual(['--ro-bind /usr', ...etc, '--bind /host/data']);
  expect(args.join(' ')).toContain('--tmpfs /usr/local');
  expect(args.join(' ')).toContain('--perms 0755 --dir /a --perms 0755 --dir /a/b --bind /host/data /a/b/data');
});

test('covers what is hidden before it mounts what is given', () => {
  const args = line({ visible: ['/srv'], hidden: ['/srv/home'], mounts: [{ from: '/x', at: '/srv/home/staging', write: true }] });

  expect(args).toMatch(/--ro-bind-try \/srv \/srv .*--tmpfs \/srv\/home .*--bind \/x \/srv\/home\/staging .*--remount-ro \//);
});

test('lets nobody write the made-up tree, in which no limit would count', () => {
  const args = line();

  expect(args).toContain('--size 1000 --tmpfs /dev/shm');
  expect(args).toContain('--size 2000 --tmpfs /tmp');
  expect(args).toContain('--remount-ro /usr/local --remount-ro /dev --remount-ro / --seccomp 9 --');
});

test('hands secrets over by the environment alone, and nothing else that the launcher had', () => {
  const args = line({ secrets: { AWS_SECRET_ACCESS_KEY: 'hidden' } });

  expect(args).not.toContain('hidden');
  expect(args).not.toContain('--clearenv');
  for (const name of ['RESURGAM_DRILL', 'PWD', 'OLDPWD', 'SHLVL', '_']) expect(args).toContain(`--unsetenv ${name} `);
});
