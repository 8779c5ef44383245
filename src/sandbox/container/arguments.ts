import type { Limits } from '../sandbox.ts';
import { rootGone, type JailShape } from '../cell/shape.ts';

/** One container, as an engine is told of it. */
export interface ContainerShape {
  readonly name: string;
  readonly drill: string;
  readonly jail: JailShape;
  readonly limits: Limits;
  /** Where its root comes from: a made-up folder, over which `/usr` of this machine is laid, or an image with a `/usr` of its own. */
  readonly root: { readonly folder: string } | { readonly image: string };
  readonly walls: readonly Wall[];
  /** Group above the container's own; undefined where the engine decides. */
  readonly group: string | undefined;
  /** Most open files of a process: what we may have ourselves, since an engine's own default can be more than it may give. */
  readonly openFiles: string;
  readonly dataBytes: number | undefined;
  readonly takesInput: boolean;
  /** After so long what holds the container for podman ends it, even if podman and we are gone. With docker it ends with its daemon. */
  readonly timeoutSeconds: number;
  /** File that podman writes the first process's number to, before it lets it run; docker the container's name. */
  readonly saidIn: string;
}

/** Something at a place of its own in the container: bytes of this machine, or an empty folder in memory that nobody can write. */
export type Wall = { readonly at: string } & ({ readonly from: string; readonly write: boolean } | { readonly empty: true });

/** Whose command line it is: what they share they say alike. */
export type Dialect = 'podman' | 'docker';

/** Arguments of `podman` or `docker`. Pure: the isolation can be read and tested without making it. */
export function runArguments(shape: ContainerShape, command: readonly string[], dialect: Dialect): readonly string[] {
  return [
    ...['run', '--name', shape.name, '--label', `resurgam.drill=${shape.drill}`, '--rm', '--pull', 'never', '--log-driver', 'none'],
    ...['--attach', 'stdout', '--attach', 'stderr', ...(shape.takesInput ? ['--attach', 'stdin', '--interactive'] : [])],
    ...apart(shape.jail),
    ...privileges(shape.jail),
    ...limits(shape),
    ...memory(shape.jail, dialect),
    ...shape.walls.flatMap(wall => wallArguments(wall, dialect)),
    ...(dialect === 'podman' ? ofPodman(shape) : ['--cidfile', shape.saidIn]),
    // What an image asks for beside its files.
    '--no-healthcheck',
    ...['--workdir', '/', '--entrypoint', ''],
    ...('image' in shape.root ? [shape.root.image] : ['--rootfs', shape.root.folder]),
    ...command,
  ];
}

/** What docker does not know, or does not do in the first place; volumes of images are covered there, one by one. */
function ofPodman({ saidIn, timeoutSeconds }: ContainerShape): readonly string[] {
  return [
    ...['--pidfile', saidIn, '--cgroups', 'no-conmon', '--no-hosts', '--passwd=false', '--read-only-tmpfs=false'],
    ...['--image-volume', 'ignore', '--timeout', String(timeoutSeconds)],
  ];
}

/** The command as the jail's user: a first jail that reads what is root's alone begins as root and gives it up, as in bubblewrap. */
export function asRunner({ runner, readsEverything }: JailShape, program: readonly string[]): readonly string[] {
  return readsEverything && runner.as === 'drill-user' ? [...rootGone(runner.uid, true), ...program] : program;
}

function apart(jail: JailShape): readonly string[] {
  return ['--network', jail.network ? 'host' : 'none', '--ipc', 'none', ...(jail.network ? [] : ['--hostname', 'sandbox'])];
}

function privileges(jail: JailShape): readonly string[] {
  const uid = jail.runner.as === 'drill-user' && !jail.readsEverything ? String(jail.runner.uid) : '0';
  const kept = jail.readsEverything ? ['SETUID', 'SETGID', 'SETPCAP', 'DAC_READ_SEARCH'] : [];
  return [
    ...['--user', `${uid}:${uid}`, '--cap-drop', 'ALL', ...kept.flatMap(name => ['--cap-add', name])],
    // Relabelling what it is shown would change this machine.
    ...['--security-opt', 'no-new-privileges', '--security-opt', 'label=disable', '--read-only'],
  ];
}

function limits({ limits: given, jail, group, openFiles, dataBytes }: ContainerShape): readonly string[] {
  const bytes = String(given.memoryBytes);
  const each = { core: 0, fsize: given.diskBytes, nproc: jail.processes, data: dataBytes };
  return [
    ...['--memory', bytes, '--memory-swap', bytes, '--pids-limit', String(given.processes + 16), '--cpus', String(given.cpus)],
    ...Object.entries(each).flatMap(([name, most]) => (most === undefined ? [] : ulimit(name, String(Math.ceil(most))))),
    ...ulimit('nofile', openFiles),
    ...(group === undefined ? [] : ['--cgroup-parent', group]),
  ];
}

function ulimit(name: string, most: string): readonly string[] {
  return ['--ulimit', `${name}=${most}:${most}`];
}

function memory({ sharedMemoryBytes, temporaryBytes }: JailShape, dialect: Dialect): readonly string[] {
  const sized = (at: string, bytes: number): readonly string[] => [
    '--tmpfs',
    `${at}:rw,nosuid,nodev,${asItIs(dialect)}mode=1777,size=${String(bytes)}`,
  ];
  return [...sized('/dev/shm', sharedMemoryBytes), ...sized('/tmp', temporaryBytes)];
}

/** Podman would copy what is covered into the memory above it. */
function asItIs(dialect: Dialect): string {
  return dialect === 'podman' ? 'notmpcopyup,' : '';
}

/** Each form has a character that it cannot say in a path; `isSayable` is asked before. */
function wallArguments(wall: Wall, dialect: Dialect): readonly string[] {
  if ('empty' in wall) return ['--tmpfs', `${wall.at}:ro,nosuid,nodev,${asItIs(dialect)}mode=0755,size=4096`];
  const mode = wall.write ? 'rw' : 'ro';
  if (hasColon(wall)) return ['--mount', `type=bind,source=${wall.from},destination=${wall.at}${wall.write ? '' : ',ro=true'}`];
  return ['--volume', `${wall.from}:${wall.at}:${mode}`];
}

function hasColon(wall: { readonly from: string; readonly at: string }): boolean {
  return `${wall.from}${wall.at}`.includes(':');
}

/** Whether a path can be said to an engine at all. */
export function isSayable(wall: Wall): boolean {
  const text = 'empty' in wall ? wall.at : `${wall.from}${wall.at}`;
  if (/[\n"]/.test(text)) return false;
  return !text.includes(':') || (!('empty' in wall) && !text.includes(','));
}
