import { setTimeout as rest } from 'node:timers/promises';
import { RecoveryError } from './error.ts';

const READY_MS = 120_000;
const EVERY_MS = 200;

interface Waiting {
  readonly ready: () => Promise<boolean>;
  readonly ended: () => boolean;
  /** Where it says what is wrong. */
  readonly log: string;
  readonly component: string;
  readonly stop: AbortSignal;
}

/** Throws RecoveryError if what was started ends, or does not get ready in time. */
export async function waitUntilReady({ ready, ended, log, component, stop }: Waiting): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until && !stop.aborted) {
    await rest(EVERY_MS);
    if (ended()) break;
    if (await ready()) return;
  }
  if (stop.aborted) throw new RecoveryError('stopped', 'the start was stopped', 'Go on with --resume.');
  throw new RecoveryError(
    'step-failed',
    `${component} ${ended() ? 'ended' : 'did not get ready'}: see ${log}`,
    'Mend what it says, then go on with --resume.',
  );
}

/** A port on which somebody else listens when it is to be used. */
export function portTaken(component: string, port: number): RecoveryError {
  return new RecoveryError(
    'step-failed',
    `${component}: something listens on port ${String(port)} already`,
    'End it, then go on with --resume.',
  );
}
