import type { Jail } from '../../backup/target.ts';
import { judgeIsolation } from '../isolation.ts';
import { SandboxError, type ReadySandbox } from '../sandbox.ts';
import { buildCell, type BuiltCell, type Order } from './build.ts';
import { checkRoom } from './checks.ts';
import { fetchInCell } from './fetch.ts';
import { secondJailOf } from './jail.ts';
import type { Jailer } from './jailer.ts';
import { placeOf, type Place } from './place.ts';
import { tryIsolation } from './prove.ts';

/** Makes a cell, tries its isolation, and hands it out. Leaves nothing when it rejects. Throws SandboxError. */
export async function provision(order: Order, stop: AbortSignal): Promise<ReadySandbox> {
  const { given, jailer, request } = order;
  refuseStopped(stop);
  const place = placeOf(given.scratch, request.drill);
  const built = await buildCell(place, order);
  try {
    await checkRoom(place.folder, request, given.reserveBytes);
    await jailer.ready(built.cell);
    const jail = secondJailOf(built.cell);
    const judgement = await prove({ built, jail, accept: request.accept }, stop);
    return ready({ built, jail, judgement, place });
  } catch (error) {
    await built.destroy();
    throw (await explained(error, jailer)) ?? (error instanceof SandboxError ? error : broke(error));
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
    hint: 'Read the page of each of these codes in runbooks/response; a plan may accept a weakness by its name (`sandbox: { kind: …, accept: […], reason: … }`).',
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
async function explained(error: unknown, jailer: Jailer): Promise<SandboxError | undefined> {
  if (!(error instanceof SandboxError)) return undefined;
  const nothingTried = error.code === 'isolation-not-proved' && error.findings.every(found => found.observed === null);
  return error.code === 'broke' || nothingTried ? jailer.unavailable() : undefined;
}

function broke(cause: unknown): SandboxError {
  return new SandboxError('broke', 'the sandbox could not be made', {
    hint: 'Run `resurgam drill` again; report it if it stays so.',
    cause,
  });
}
