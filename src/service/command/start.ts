import type { JailProcess } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import { scrub } from '../../system/scrub.ts';
import { died } from '../died.ts';
import { BROKEN, notStarted } from '../not-started.ts';
import { PORTS_AT, WORD } from '../ports.ts';
import { ServiceError } from '../service.ts';
import { askReady, programOf, type Application, type Said } from './ask.ts';

const PROBE = 'service';
const RUN_MS = 2_147_483_647;
const WITHIN_MS = 120_000;
const EVERY_MS = 100;
/** A command of the plan is a program each time. */
const COMMAND_EVERY_MS = 1_000;
const KEPT = 16_000;
const MISSING = 127;
/** Sent from outside: by us, or by the kernel for want of memory. */
const ENDED_FROM_OUTSIDE = [128 + 9, 128 + 15];

/** The application in its jail. */
export interface Started {
  readonly process: JailProcess;
  ended(): ToolResult | undefined;
  /** What it last said, without the secrets that it was given. */
  said(): string;
}

/** Starts it; what it says is kept for the tool log alone. */
export async function startApplication(app: Application): Promise<Started> {
  let said = '';
  let isCut = false;
  const hear = (chunk: Buffer): void => {
    const all = said + chunk.toString('utf8');
    isCut ||= all.length > KEPT;
    said = all.slice(-KEPT);
  };
  const process = await app.jail.spawn({ ...programOf(app, app.start, 'serve'), timeLimitMs: RUN_MS, stdout: hear, stderr: hear });
  let result: ToolResult | undefined;
  process.ended.then(
    ended => (result = ended),
    () => (result = BROKEN),
  );
  const named = Object.fromEntries(Object.values(app.secrets).map((secret, at) => [`SECRET_${at}`, secret]));
  return { process, ended: () => result, said: () => scrub(said, named, isCut) };
}

/** Waits until it is ready: `service.ready`, or why it did not get so far. Throws ServiceError for what is of this machine or the plan. */
export async function awaitReady(app: Application, started: Started, stop: AbortSignal): Promise<Finding> {
  const beganMs = performance.now();
  const limitMs = app.ready.within ?? WITHIN_MS;
  const left = (): number => limitMs - (performance.now() - beganMs);
  let observed: Said['observed'] = null;
  while (started.ended() === undefined && left() > 0 && !stop.aborted) {
    const last = await askReady(app, left(), stop);
    // The last question may have run out of time: what an earlier one was answered says more.
    observed = last.observed ?? observed;
    if (last.ready && started.ended() === undefined)
      return finding('service.ready', 'passed', { probe: PROBE, latencyMs: Math.round(performance.now() - beganMs), limitMs });
    const every = 'command' in app.ready ? COMMAND_EVERY_MS : EVERY_MS;
    await Promise.race([started.process.ended.catch(() => undefined), new Promise(resolve => setTimeout(resolve, every))]);
  }
  if (stop.aborted) throw new ServiceError('stopped', 'the start of the application was stopped', { hint: 'Run the drill again.' });
  const result = started.ended();
  if (result?.exitCode === MISSING && app.jail.limitHit() === undefined) throw incomplete(app, result);
  if (result !== undefined) return ofEnd(app, result);
  return (await elsewhere(app, stop)) ?? notReady(app, { limitMs, observed });
}

/** An end by itself is the application's, and so the backup's; one by a limit or from outside is not. */
export function ofEnd({ jail }: Application, result: ToolResult): Finding {
  const hit = jail.limitHit();
  if (hit !== undefined || result.exitCode === undefined || ENDED_FROM_OUTSIDE.includes(result.exitCode)) return died(hit);
  return finding('service.exited', 'failed', { probe: PROBE, unit: 'exit code', observed: result.exitCode });
}

/** It, or what it calls, is not on this machine. */
function incomplete({ jail, start: [program] }: Application, result: ToolResult): ServiceError {
  return notStarted(program, { jail, result, install: `Install what ${program} needs. Its own words are in the tool log of the drill.` });
}

function notReady({ ready }: Application, { limitMs, observed }: { limitMs: number; observed: number | null }): Finding {
  const expected = 'get' in ready ? ready.status : 'command' in ready ? 0 : null;
  return finding('service.not-ready', 'failed', { probe: PROBE, limitMs, expected, observed });
}

/** It runs, and listens where the plan does not say: then nobody asked it. */
async function elsewhere({ jail, place, port }: Application, stop: AbortSignal): Promise<Finding | undefined> {
  if (port === undefined) return undefined;
  const mounts = [{ from: place.ports, at: PORTS_AT }];
  const read = { file: '/usr/bin/head', args: ['-c', '400', `${PORTS_AT}/${WORD}`], mounts, timeLimitMs: 10_000 };
  const { stdout } = await jail.run(read, stop);
  const ours = place.reached.map(each => (typeof each === 'number' ? each : each.port));
  const others = stdout
    .split(',')
    .map(Number)
    .filter(one => Number.isInteger(one) && one > 0 && one < 65_536 && !ours.includes(one));
  const [observed] = others.sort((a, b) => a - b);
  if (observed === undefined || others.includes(port)) return undefined;
  return finding('service.other-port', 'inconclusive', { probe: PROBE, unit: 'port', expected: port, observed });
}
