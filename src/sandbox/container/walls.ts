import { join, relative } from 'node:path';
import { mountsBelow } from '../../system/mounts.ts';
import { exists, realpath } from '../../system/files.ts';
import { isBelow } from '../cell/mounts.ts';
import type { JailShape } from '../cell/shape.ts';
import { SandboxError } from '../sandbox.ts';
import { isSayable, type Wall } from './arguments.ts';

/** Empty where this machine's own would be, or an engine's: what the kernel says of this machine is no jailed program's business. */
const EMPTY = ['/sys', '/sys/fs/cgroup'];

/** Over a made-up root, `/usr` is the only thing of this machine; an image has its own. */
const OF_THIS_MACHINE: readonly Wall[] = [
  { at: '/usr', from: '/usr', write: false },
  { at: '/usr/local', empty: true },
];

/** Everything that is mounted in a container beside its root, each place once. Throws SandboxError `broke` for a path that no engine takes. */
export async function wallsOf(jail: JailShape, image: { readonly volumes: readonly string[] } | undefined): Promise<readonly Wall[]> {
  const visible = await Promise.all(jail.visible.map(async path => ((await exists(path)) ? [readOnly(path, path)] : [])));
  const given: readonly Wall[] = [
    ...EMPTY.map(at => ({ at, empty: true }) as const),
    ...(image === undefined ? OF_THIS_MACHINE : image.volumes.map(at => ({ at, empty: true }) as const)),
    ...(jail.etc === undefined ? [] : madeUp(jail.etc)),
    ...visible.flat(),
    ...jail.hidden.map(at => ({ at, empty: true }) as const),
    ...jail.mounts.map(({ from, at, write }) => ({ at, from, write: write === true })),
  ];
  const all = withMountsBelow(await Promise.all([...byPlace(given).values()].map(lookBelow)));
  if (!all.every(isSayable)) throw unsayable();
  return all;
}

/** Of two at the same place the later covers the earlier. */
function byPlace(walls: readonly Wall[]): ReadonlyMap<string, Wall> {
  return new Map(walls.map(wall => [wall.at, wall]));
}

function readOnly(from: string, at: string): Wall {
  return { at, from, write: false };
}

function madeUp(etc: string): readonly Wall[] {
  return ['passwd', 'group', 'hosts', 'nsswitch.conf'].map(name => readOnly(join(etc, name), `/etc/${name}`));
}

/** A wall, and where in it this machine has mounted something, relative to it. */
export interface SeenWall {
  readonly wall: Wall;
  readonly below: readonly string[];
}

/** Mounts are known by their real paths; a wall may be given by a link. */
async function lookBelow(wall: Wall): Promise<SeenWall> {
  if ('empty' in wall || wall.write) return { wall, below: [] };
  const from = await realpath(wall.from);
  // More than one thing can be mounted at a place: the kernel shows the last.
  const below = new Set((await mountsBelow(from)).map(path => relative(from, path)).filter(way => way !== ''));
  return { wall: { ...wall, from }, below: [...below] };
}

/**
 * What is mounted below a folder comes along with it, but its being read-only does not reach there: so each is mounted by itself. Where
 * another wall covers that part of the folder nothing is: the deeper mount would lie on top of what shall hide it.
 */
export function withMountsBelow(seen: readonly SeenWall[]): readonly Wall[] {
  const isCovered = (folder: string, path: string): boolean =>
    seen.some(({ wall: { at } }) => isBelow(folder, at) && (relative(at, path) === '' || isBelow(at, path)));
  return seen.flatMap(({ wall, below }) => {
    if ('empty' in wall) return [wall];
    const mounts = below.map(way => readOnly(join(wall.from, way), join(wall.at, way)));
    return [wall, ...mounts.filter(({ at }) => !isCovered(wall.at, at))];
  });
}

function unsayable(): SandboxError {
  return new SandboxError(
    'broke',
    'a path that holds a quotation mark, a line break, or both `:` and `,` cannot be mounted into a container',
    {
      hint: 'Give that folder another name, or leave `sandbox: container` out of the plan.',
    },
  );
}
