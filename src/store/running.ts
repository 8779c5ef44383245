import { dirname } from 'node:path';
import { isCode, readdir, readFile, rm, writeDurably } from '../system/files.ts';
import { bootId, readProcess } from '../system/proc.ts';
import type { HeardDrills } from './heard-drills.ts';
import type { Home } from './home.ts';
import type { StartedMark } from './ledger-index.ts';
import type { Ledger } from './ledger.ts';

/** A drill that a process is executing now: `locks/running-<drill>.json`. Not in its scratch folder: that is gone before its end is signed. */
export interface RunningMarker {
  readonly drill: string;
  readonly client: string;
  readonly plan: string;
  readonly pid: number;
  /** With the pid it names the process for ever, until the next boot. */
  readonly startTime: string;
  readonly bootId: string;
}

/** To be called before `drill-started` is appended: from then on a drill without a living process is a lost one. */
export async function markRunning(
  home: Home,
  of: { readonly drill: string; readonly client: string; readonly plan: string },
): Promise<void> {
  const startTime = (await readProcess(process.pid))?.startTime ?? '';
  const marker: RunningMarker = { ...of, pid: process.pid, startTime, bootId: await bootId() };
  await writeDurably(markerOf(home, of.drill), `${JSON.stringify(marker)}\n`, 0o600);
}

/** To be called once `drill-finished` is durable. */
export async function unmarkRunning(home: Home, drill: string): Promise<void> {
  await rm(markerOf(home, drill), { force: true });
}

function markerOf(home: Home, drill: string): string {
  return home.lock(`running-${drill}.json`);
}

/**
 * Started in the ledger, not finished, and no living process says that it is at it: to be signed as inconclusive (`drill.worker-lost`). A drill
 * that another machine began is lost when it was not heard of for long enough, as `heard` saw it.
 */
export async function interruptedDrills(ledger: Ledger, heard?: HeardDrills): Promise<readonly StartedMark[]> {
  const lost: StartedMark[] = [];
  const beats = await ledger.sharing?.shared.beats();
  for (const mark of ledger.index.open.values()) {
    const marker = await readMarker(ledger.home, mark.drill);
    const isElsewhere = beats !== undefined && marker === undefined;
    const isLost = isElsewhere
      ? heard?.isSilent(`${ledger.client}/${mark.drill}`, beats.get(mark.drill)) === true
      : !(await isRunning(marker));
    if (isLost) lost.push(mark);
  }
  return lost;
}

/** Takes away the markers of drills that no process runs and that are not open: they had ended, or were never begun. */
export async function unmarkOthers({ home, client, index }: Ledger): Promise<void> {
  for (const name of await readdir(dirname(home.lock('x')))) {
    const drill = /^running-(.+)\.json$/.exec(name)?.[1];
    if (drill === undefined || index.open.has(drill)) continue;
    const marker = await readMarker(home, drill);
    if (marker?.client === client && !(await isRunning(marker))) await unmarkRunning(home, drill);
  }
}

/** The marker of a drill; undefined if there is none. */
export async function readMarker(home: Home, drill: string): Promise<RunningMarker | undefined> {
  try {
    return JSON.parse(await readFile(markerOf(home, drill), 'utf8')) as RunningMarker;
  } catch (error) {
    // Half a marker cannot be (it is written whole), so what does not parse was not written by us.
    if (isCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The very process that wrote the marker is still there. A pid alone proves nothing: numbers come back. */
export async function isRunning(marker: RunningMarker | undefined): Promise<boolean> {
  if (marker === undefined || marker.bootId !== (await bootId())) return false;
  const entry = await readProcess(marker.pid);
  return entry !== undefined && entry.state !== 'Z' && entry.startTime === marker.startTime;
}
