import type { Jail } from '../../backup/target.ts';
import { systemClock, type Clock } from '../../system/clock.ts';
import { judgeIsolation } from '../isolation.ts';
import { SandboxError, type ReadySandbox, type Sandbox, type SandboxRequest } from '../sandbox.ts';
import { buildCell, type BuiltCell } from './build.ts';
import { checkRoom } from './checks.ts';
import { fetchInCell } from './fetch.ts';
import { secondJailOf } from './jail.ts';
import { placeOf, type Place } from './place.ts';
import { tryIsolation } from './prove.ts';
import { whyUnavailable } from './unavailable.ts';

/** What this machine gives to sandboxes. */
export interface NamespaceOptions {
  /** `RESURGAM_HOME/scratch`. Its parent is hidden from every jail. */
  readonly scratch: string;
  /** Free disk that is left to the host whatever happens. Default 512 MiB. */
  readonly reserveBytes?: number;
  readonly clock?: Clock;
  /** Program to make jails with. Default `bwrap`, looked for in /usr/local/bin, /usr/bin and /bin. */
  readonly bubblewrap?: string;
  /** `false`: as if this machine had none. For tests of the other limits, and for machines where writing cgroups disturbs. */
  readonly cgroups?: boolean;
}

const RESERVE_BYTES = 512 * 1024 * 1024;

/** Sandboxes of Linux namespaces, made by bubblewrap: no daemon, no image, as root or as an ordinary user. */
export function namespaceSandbox(options: NamespaceOptions): Sandbox {
  const given = { clock: systemClock, reserveBytes: RESERVE_BYTES, cgroups: true, bubblewrap: 'bwrap', ...options };
  return {
    kind: 'namespace',
    provision: (request, stop) => provision(given, request, stop),
    unavailable: () => whyUnavailable(given.bubblewrap),
  };
}

async function provision(given: Required<NamespaceOptions>, request: SandboxRequest, stop: AbortSignal): Promise<ReadySandbox> {
  refuseStopped(stop);
  const place = placeOf(given.scratch, request.drill);
  const built = await buildCell(place, { given, request });
  try {
    await checkRoom(place.folder, request, given.reserveBytes);
    const jail = secondJailOf(built.cell);
    const judgement = await prove({ built, jail, accept: request.accept }, stop);
    return ready({ built, jail, judgement, place });
  } catch (error) {
    await built.destroy();
    throw (await explained(error, given)) ?? (error instanceof SandboxError ? error : broke(error));
  }
}

interface Proved {
  readonly findings: ReadySandbox['findings'];
  readonly isolation: ReadySandbox['isolation'];
}

async function prove(
  unproved: { readonly built: BuiltCell; readonly jail: Jail; readonly accept: readonly string[] },
  stop: AbortSignal,
): Promise<Proved> {
  const { built, jail, accept } = unproved;
  const reached = await tryIsolation(built.cell, jail, command => jail.run(command, stop));
  refuseStopped(stop);
  const { findings, isolation } = judgeIsolation(reached, accept);
  if (isolation !== 'not-proved') return { findings, isolation };
  const ways = findings.filter(found => found.required && found.outcome !== 'passed').map(found => found.code);
  throw new SandboxError('isolation-not-proved', `the sandbox is not isolated: ${ways.join(', ')}`, {
    hint: 'Read the page of each of these codes in runbooks/response; a plan may accept a weakness by its name (`sandbox: { kind: namespace, accept: […] }`).',
    findings,
  });
}

function ready(proved: {
  readonly built: BuiltCell;
  readonly jail: Jail;
  readonly judgement: Proved;
  readonly place: Place;
}): ReadySandbox {
  const { built, jail, judgement, place } = proved;
  const total = (): number => built.cell.counters.reduce((sum, counter) => sum + counter.count(), 0);
  // Our own attempts to get out are not the backup's.
  const ours = total();
  return {
    label: place.drill,
    jail,
    staging: place.staging,
    ...judgement,
    networkAttempts: () => total() - ours,
    fetchJail: (command, stop) => fetchInCell(built.cell, command, stop),
    destroy: built.destroy,
    [Symbol.asyncDispose]: async () => {
      await built.destroy();
    },
  };
}

function refuseStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new SandboxError('stopped', 'stopped before the sandbox was ready', { hint: 'Run the drill again.' });
}

/** A jail that could not be made at all, or in which nothing could be tried, is explained by this machine, if it can. */
async function explained(error: unknown, given: Required<NamespaceOptions>): Promise<SandboxError | undefined> {
  if (!(error instanceof SandboxError)) return undefined;
  const nothingTried = error.code === 'isolation-not-proved' && error.findings.every(found => found.observed === null);
  return error.code === 'broke' || nothingTried ? whyUnavailable(given.bubblewrap) : undefined;
}

function broke(cause: unknown): SandboxError {
  return new SandboxError('broke', 'the sandbox could not be made', {
    hint: 'Run `resurgam drill` again; report it if it stays so.',
    cause,
  });
}
