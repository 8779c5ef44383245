import { traitsOf } from '../backup/backup.ts';
import type { Limits } from '../sandbox/sandbox.ts';
import { momentsOf } from './moments.ts';
import type { ComponentRun, DrillRun } from './run.ts';

/** No server and no restore tool is given less, unless the whole drill has less. */
const LEAST_MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * Bytes that a component's sandbox will hold: what is fetched, and what it becomes. Where moments of its log are proved too, that is there twice: put
 * aside beside what the drill's own server runs over, and then beside a copy. A file system that clones files needs less, which is not known before.
 */
export function expectedBytes(run: DrillRun, one: ComponentRun): number {
  const { point, tool, component } = one;
  if (point === undefined || tool === undefined) return 0;
  const trees = momentsOf(run, one).length > 0 ? 2 : 1;
  return Math.ceil(point.bytes * (1 + trees * traitsOf(tool, component.backup).spaceFactor));
}

/**
 * The limits of a plan hold for the whole drill: its components share them, each in a sandbox of its own. A component's own `limits` are
 * taken from the whole first. Of the disk each other one gets what it is expected to need and an equal part of the rest; of the memory an
 * equal part. CPUs are the same ones for all, which share them as they need (sandbox); processes and time are the same for each.
 */
export function apportion(run: DrillRun): ReadonlyMap<string, Limits> {
  const { limits, components } = run;
  const memory = sharesOf(components, 'memoryBytes', limits.memoryBytes);
  const disk = sharesOf(components, 'diskBytes', limits.diskBytes);
  const expected = disk.open.reduce((sum, one) => sum + expectedBytes(run, one), 0);
  const fits = expected <= disk.left;
  const spare = (disk.left - expected) / Math.max(1, disk.open.length);
  // If all together do not fit, each gets its part of what there is: its sandbox then refuses, and says what would be needed.
  const diskOf = (one: ComponentRun): number => (fits ? expectedBytes(run, one) + spare : (disk.left * expectedBytes(run, one)) / expected);
  const least = Math.min(LEAST_MEMORY_BYTES, limits.memoryBytes);
  const memoryShare = Math.max(least, memory.left / Math.max(1, memory.open.length));
  return new Map(
    components.map(one => {
      const { memoryBytes = null, diskBytes = null } = one.component.limits ?? {};
      return [
        one.component.name,
        { ...limits, memoryBytes: Math.floor(memoryBytes ?? memoryShare), diskBytes: Math.floor(diskBytes ?? diskOf(one)) },
      ];
    }),
  );
}

/** Who shares what the components with a limit of their own leave. */
function sharesOf(
  components: readonly ComponentRun[],
  key: 'memoryBytes' | 'diskBytes',
  whole: number,
): { readonly open: readonly ComponentRun[]; readonly left: number } {
  const own = components.map(({ component }) => component.limits?.[key] ?? null);
  const taken = own.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  return { open: components.filter((_, at) => own[at] === null), left: Math.max(0, whole - taken) };
}
