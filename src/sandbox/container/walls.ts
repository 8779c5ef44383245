import { join } from 'node:path';
import { mountsBelow } from '../../system/mounts.ts';
import { exists } from '../../system/files.ts';
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
export async function wallsOf(jail: JailShape, hasImage: boolean): Promise<readonly Wall[]> {
  const visible = await Promise.all(jail.visible.map(async path => ((await exists(path)) ? [readOnly(path, path)] : [])));
  const given: readonly Wall[] = [
    ...EMPTY.map(at => ({ at, empty: true }) as const),
    ...(hasImage ? [] : OF_THIS_MACHINE),
    ...(jail.etc === undefined ? [] : madeUp(jail.etc)),
    ...visible.flat(),
    ...jail.hidden.map(at => ({ at, empty: true }) as const),
    ...jail.mounts.map(({ from, at, write }) => ({ at, from, write: write === true })),
  ];
  const all = new Map<string, Wall>();
  for (const wall of await withMountsBelow(given)) all.set(wall.at, wall);
  for (const wall of all.values()) if (!isSayable(wall)) throw unsayable();
  return [...all.values()];
}

function readOnly(from: string, at: string): Wall {
  return { at, from, write: false };
}

function madeUp(etc: string): readonly Wall[] {
  return ['passwd', 'group', 'hosts', 'nsswitch.conf'].map(name => readOnly(join(etc, name), `/etc/${name}`));
}

/** What is mounted below a folder comes along with it, but its being read-only does not reach there: so each is mounted by itself. */
async function withMountsBelow(walls: readonly Wall[]): Promise<readonly Wall[]> {
  const all = await Promise.all(
    walls.map(async wall => {
      if ('empty' in wall || wall.write) return [wall];
      const below = (await mountsBelow(wall.from)).filter(path => path !== wall.from);
      return [wall, ...below.map(path => readOnly(path, join(wall.at, path.slice(wall.from.length))))];
    }),
  );
  return all.flat();
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
