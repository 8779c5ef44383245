import { environmentOf, OWN_USER_UID, rootGone, type JailShape } from '../cell/shape.ts';
import { FILTER_FD } from './launch.ts';

/** Arguments of `bwrap` for one program, without `bwrap` itself. Pure: the isolation can be read and tested without making it. */
export function bubblewrapArguments(shape: JailShape, program: readonly string[]): readonly string[] {
  return [
    ...namespaces(shape),
    ...identity(shape),
    ...environment(shape),
    ...root(shape),
    ...shape.visible.flatMap(path => [...parents(path), '--ro-bind-try', path, path]),
    ...shape.hidden.flatMap(path => [...parents(path), '--perms', '0755', '--tmpfs', path]),
    ...shape.mounts.flatMap(mount => [...parents(mount.at), mount.write === true ? '--bind' : '--ro-bind', mount.from, mount.at]),
    // Last, because mount points are made in them: what is left of the made-up tree would be memory that no limit counts.
    ...shape.hidden.flatMap(path => ['--remount-ro', path]),
    ...['--remount-ro', '/usr/local', '--remount-ro', '/dev', '--remount-ro', '/'],
    ...(shape.filtered ? ['--seccomp', String(FILTER_FD)] : []),
    '--',
    ...privilegesGone(shape),
    ...program,
  ];
}

function namespaces(shape: JailShape): readonly string[] {
  const apart = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox'];
  return [...apart, ...(shape.network ? [] : ['--unshare-net']), '--die-with-parent', '--new-session'];
}

/**
 * Root needs no user namespace, so it works where those are forbidden; `setpriv` then gives up root inside. The three capabilities are
 * what `setpriv` needs for that and it drops them on the way.
 */
function identity(shape: JailShape): readonly string[] {
  if (shape.runner.as === 'own-user') {
    return ['--unshare-user', '--disable-userns', '--uid', String(OWN_USER_UID), '--gid', String(OWN_USER_UID)];
  }
  const needed = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP', ...(shape.readsEverything ? ['CAP_DAC_READ_SEARCH'] : [])];
  return ['--cap-drop', 'ALL', ...needed.flatMap(name => ['--cap-add', name])];
}

/** What a launcher may have in its own environment; with secrets nothing else of it may come through. */
const LAUNCHERS = ['RESURGAM_DRILL', 'PWD', 'OLDPWD', 'SHLVL', '_'];

function environment(shape: JailShape): readonly string[] {
  const { secrets = {} } = shape;
  const cleared = Object.keys(secrets).length === 0 ? ['--clearenv'] : LAUNCHERS.flatMap(name => ['--unsetenv', name]);
  return [...cleared, ...Object.entries(environmentOf(shape)).flatMap(([name, value]) => ['--setenv', name, value])];
}

/** `/usr` is the only thing of the host: no distribution image to keep, and the same programs as the host's. Nothing of `/usr/local`. */
function root(shape: JailShape): readonly string[] {
  return [
    ...['--ro-bind', '/usr', '/usr', '--tmpfs', '/usr/local'],
    ...['bin', 'lib', 'lib64', 'sbin'].flatMap(name => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(shape.sharedMemoryBytes), '--tmpfs', '/dev/shm'],
    ...['--perms', '1777', '--size', String(shape.temporaryBytes), '--tmpfs', '/tmp'],
    ...(shape.etc === undefined ? [] : madeUp(shape.etc)),
  ];
}

function madeUp(etc: string): readonly string[] {
  const files = ['passwd', 'group', 'hosts', 'nsswitch.conf'].flatMap(name => ['--ro-bind', `${etc}/${name}`, `/etc/${name}`]);
  return ['--perms', '0755', '--dir', '/etc', ...files];
}

/** Bubblewrap makes missing parents with mode 0700, as root: the jail's user could not pass. */
function parents(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.flatMap((_, index) => ['--perms', '0755', '--dir', `/${parts.slice(0, index + 1).join('/')}`]);
}

/** Run inside, as the last program before the jailed one. It also makes a program that is not there exit with 127, not with 1. */
function privilegesGone(shape: JailShape): readonly string[] {
  const processes = shape.processes === undefined ? [] : ['/usr/bin/prlimit', `--nproc=${String(shape.processes)}`];
  const { runner } = shape;
  if (runner.as === 'own-user') return [...processes, '/usr/bin/setpriv', '--no-new-privs'];
  return [...processes, ...rootGone(runner.uid, shape.readsEverything)];
}
