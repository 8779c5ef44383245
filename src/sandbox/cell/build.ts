import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { killCgroup, makeCgroup, type Cgroup } from '../../system/cgroup.ts';
import { writeFile } from '../../system/files.ts';
import { ownOwner } from '../../system/owner.ts';
import { cgroupPlaces, cgroupTops, type CgroupPlace } from '../../system/cgroup-places.ts';
import type { DestroyedSandbox, Limits, SandboxRequest } from '../sandbox.ts';
import type { Cell } from './cell.ts';
import { boundCpus, isOneOfSeveral } from './checks.ts';
import { destroyCell } from './destroy.ts';
import { systemCallFilter } from './filter.ts';
import type { JailedTool, Jailer } from './jailer.ts';
import { writeMarker } from './marker.ts';
import { cgroupName, furnish, makePlace, outsideOf, type Place } from './place.ts';
import { claimRunner } from './runner.ts';
import type { Runner } from './shape.ts';
import type { CellSetting } from './setting.ts';
import { startWatch, type Watch } from './watch.ts';

export interface BuiltCell {
  readonly cell: Cell;
  /** May be repeated; looks anew each time. */
  readonly destroy: () => Promise<DestroyedSandbox>;
}

export interface Order {
  readonly given: CellSetting;
  readonly jailer: Jailer;
  readonly request: SandboxRequest;
}

/** What makes a jail counts in a cgroup too: a few processes for each. */
const PROCESSES_OF_OURS = 16;

/**
 * Where only the watch counts memory, one process may hold somewhat more than all together: so the watch sees what bites and can tell, and
 * what grows faster than it looks is stopped all the same.
 */
const SUDDEN_BYTES = 64 * 1024 * 1024;

/** Makes folders, user, cgroups and limits. Everything is written down in the marker before it is made, for the reaper. */
export async function buildCell(place: Place, order: Order): Promise<BuiltCell> {
  const { given, jailer, request } = order;
  const { limits } = request;
  const name = cgroupName(place.drill);
  const [owner, candidates] = await Promise.all([ownOwner(), given.cgroups ? candidatesOf(jailer, name) : []]);
  const marker = { kind: jailer.kind, drill: place.drill, owner, uid: null, cgroups: candidates };
  await makePlace(place, marker);
  const claim = await claimRunner();
  const uid = claim.runner.as === 'drill-user' ? claim.runner.uid : null;
  const traces = { drill: place.drill, folder: place.folder, outside: outsideOf(place.drill), uid, cgroups: candidates };
  const live = new Set<JailedTool>();
  const state = { gone: false };
  const finish = destroyCell({ traces, live, claim, clock: given.clock });
  try {
    await writeMarker(place.marker, { ...marker, uid });
    await furnish(place, claim.runner);
    const cgroup = given.cgroups
      ? await makeCgroup(
          name,
          {
            memoryBytes: limits.memoryBytes,
            processes: limits.processes + PROCESSES_OF_OURS,
            cpus: limits.cpus >= availableParallelism() ? undefined : limits.cpus,
          },
          await placesOf(jailer),
        )
      : undefined;
    const filter = await writeFilter(place);
    const watch = watchOf({ place, order, live, cgroup });
    const bounds = {
      enter: cgroup?.enter ?? [],
      filter,
      dataBytes: cgroup?.counted.has('memory') === true ? undefined : 1.5 * limits.memoryBytes + SUDDEN_BYTES,
      before: cgroup?.counted.has('cpu') === true && !isOneOfSeveral(place.drill) ? [] : await boundCpus(limits.cpus, place.drill),
    };
    const processes = processLimit(claim.runner, limits, cgroup);
    const cell: Cell = {
      jailer,
      place,
      runner: claim.runner,
      limits,
      watch,
      live,
      counters: [],
      bounds,
      processes,
      destroyed: () => state.gone,
    };
    const destroy = (): Promise<DestroyedSandbox> => {
      state.gone = true;
      watch.end();
      return finish();
    };
    return { cell, destroy };
  } catch (error) {
    await finish();
    throw error;
  }
}

function watchOf(at: {
  readonly place: Place;
  readonly order: Order;
  readonly live: ReadonlySet<JailedTool>;
  readonly cgroup: Cgroup | undefined;
}): Watch {
  const { place, order, live, cgroup } = at;
  return startWatch({
    folder: place.folder,
    limits: order.request.limits,
    reserveBytes: order.given.reserveBytes,
    usage: { cgroup, inside: () => innerOf(live) },
    clock: order.given.clock,
    kill: () => {
      for (const tool of live) tool.signal('SIGKILL');
      void killCgroup(cgroup?.folders ?? []);
    },
  });
}

async function innerOf(live: ReadonlySet<JailedTool>): Promise<readonly number[]> {
  const pids = await Promise.all([...live].map(tool => tool.inner()));
  return pids.filter(pid => pid !== undefined);
}

async function placesOf({ groups }: Jailer): Promise<readonly CgroupPlace[]> {
  const [places, tops] = await Promise.all([cgroupPlaces(), cgroupTops()]);
  return groups === 'top' ? places.filter(place => tops.includes(place.parent)) : places;
}

/** A container engine makes its groups in every hierarchy that there is, also in those in which nothing is limited. */
async function candidatesOf(jailer: Jailer, name: string): Promise<readonly string[]> {
  const parents = jailer.groups === 'top' ? await cgroupTops() : (await placesOf(jailer)).map(place => place.parent);
  return parents.map(parent => join(parent, name));
}

async function writeFilter(place: Place): Promise<string | undefined> {
  const filter = systemCallFilter(process.arch);
  if (filter === undefined) return undefined;
  await writeFile(place.filter, filter, { mode: 0o600 });
  return place.filter;
}

/**
 * RLIMIT_NPROC counts all processes of a user: the drill's own user has none elsewhere. Those of an ordinary user are counted apart for
 * each user namespace since Linux 5.14; before, the limit would count the whole desktop. Where a cgroup counts, it shall bite first: it tells.
 */
function processLimit(runner: Runner, limits: Limits, cgroup: Cgroup | undefined): number | undefined {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (runner.as === 'own-user' && (major < 5 || (major === 5 && minor < 14))) return undefined;
  return limits.processes + (cgroup?.counted.has('pids') === true ? 4 * PROCESSES_OF_OURS : 0);
}
