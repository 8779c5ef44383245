import { rm } from '../../system/files.ts';
import { systemClock } from '../../system/clock.ts';
import type { DestroyedSandbox, ReadySandbox, Sandbox, SandboxRequest } from '../sandbox.ts';
import type { Cell } from './cell.ts';
import { fetchInCell } from './fetch.ts';
import { secondJailOf } from './jail.ts';
import { furnish, makeFolder, placeOf } from './place.ts';
import { chooseRunner } from './runner.ts';

/** What this machine gives to sandboxes. */
export interface NamespaceOptions {
  /** `RESURGAM_HOME/scratch`. Its parent is hidden from every jail. */
  readonly scratch: string;
}

/** Sandboxes of Linux namespaces, made by bubblewrap: no daemon, no image, as root or as an ordinary user. */
export function namespaceSandbox(options: NamespaceOptions): Sandbox {
  return {
    kind: 'namespace',
    provision: request => provision(options, request),
    unavailable: () => Promise.resolve(undefined),
  };
}

async function provision(options: NamespaceOptions, request: SandboxRequest): Promise<ReadySandbox> {
  const place = placeOf(options.scratch, request.drill);
  await makeFolder(place);
  const runner = await chooseRunner(new Set());
  await furnish(place, runner);
  let gone = false;
  const cell: Cell = {
    place,
    runner,
    limits: request.limits,
    watch: { hit: () => undefined, look: () => Promise.resolve(), end: () => undefined },
    live: new Set(),
    launch: { enter: [], filter: undefined, dataBytes: undefined, before: [] },
    processes: request.limits.processes,
    destroyed: () => gone,
  };
  const destroy = async (): Promise<DestroyedSandbox> => {
    gone = true;
    const ended = [...cell.live].map(tool => {
      tool.signal('SIGKILL');
      return tool.ended.catch(() => undefined);
    });
    await Promise.all(ended);
    await rm(place.folder, { recursive: true, force: true });
    return { at: systemClock.now(), verified: true, processes: 0, mounts: 0, bytes: 0 };
  };
  return {
    label: request.drill,
    jail: secondJailOf(cell),
    staging: place.staging,
    findings: [],
    isolation: 'proved',
    networkAttempts: () => 0,
    fetchJail: (command, stop) => fetchInCell(cell, command, stop),
    destroy,
    [Symbol.asyncDispose]: async () => {
      await destroy();
    },
  };
}
