import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TRIAL, type JailShape } from '../../../src/sandbox/cell/shape.ts';
import { wallsOf, withMountsBelow } from '../../../src/sandbox/container/walls.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-walls-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shown = (at: string, below: readonly string[] = []) => ({ wall: { at, from: at, write: false }, below });
const covered = (at: string) => ({ wall: { at, empty: true } as const, below: [] });

function places(seen: Parameters<typeof withMountsBelow>[0]): readonly string[] {
  return withMountsBelow(seen).map(({ at }) => at);
}

test('what is mounted below a visible folder is made read-only by itself', () => {
  expect(withMountsBelow([shown('/backup', ['old/disk'])])).toEqual([
    { at: '/backup', from: '/backup', write: false },
    { at: '/backup/old/disk', from: '/backup/old/disk', write: false },
  ]);
});

test('a disk that is mounted at or below what an empty folder covers stays covered', () => {
  expect(places([shown('/srv', ['home/scratch', 'homes']), covered('/srv/home')])).toEqual(['/srv', '/srv/homes', '/srv/home']);
  expect(places([covered('/usr/local'), shown('/usr', ['local', 'local/x'])])).toEqual(['/usr/local', '/usr']);
});

test('what is shown within a covered folder keeps its own mounts read-only', () => {
  const walls = places([shown('/srv', ['home/staged/disk']), covered('/srv/home'), shown('/srv/home/staged', ['disk'])]);

  expect(walls).toEqual(['/srv', '/srv/home', '/srv/home/staged', '/srv/home/staged/disk']);
});

test('finds what is mounted below a folder that is given by a link', async () => {
  const link = join(folder, 'backup');
  await symlink('/dev', link);
  const jail: JailShape = { ...TRIAL, runner: { as: 'own-user' }, visible: [link], hidden: [join(link, 'shm')] };

  const walls = await wallsOf(jail, { volumes: [] });

  expect(walls).toContainEqual({ at: link, from: '/dev', write: false });
  expect(walls).toContainEqual({ at: join(link, 'pts'), from: '/dev/pts', write: false });
  expect(walls).toContainEqual({ at: join(link, 'shm'), empty: true });
  expect(new Set(walls.map(({ at }) => at)).size).toBe(walls.length);
});
