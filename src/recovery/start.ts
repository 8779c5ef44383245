import { setTimeout as rest } from 'node:timers/promises';
import { join } from 'node:path';
import type { SecretReference } from '../plan/plan.ts';
import { withWords } from '../service/words.ts';
import { startDaemon } from '../system/daemon.ts';
import { RecoveryError } from './error.ts';
import { askOnTarget, partAt, type ScriptSource } from './script.ts';

const READY_MS = 120_000;
const EVERY_MS = 200;

interface Started {
  readonly start: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | boolean | SecretReference>>;
  readonly port?: number;
  readonly ready?: { readonly get?: string };
}

/** What the plan or its runbook says is to be started, on this machine. It goes on running when we end. */
export async function startApplication(source: ScriptSource): Promise<void> {
  const { component, work, tools } = source;
  const said = await startedOf(source);
  const word = (text: string): string =>
    withWords(
      text,
      knownOf(source, said),
      ({ text: what }) => new RecoveryError('step-failed', `${component.name}: ${what} is not known in this target`, 'Correct the target.'),
    );
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  for (const [name, value] of Object.entries(said.environment ?? {}))
    env[name] = typeof value === 'object' ? await tools.secret(value) : word(String(value));
  const [file = '', ...args] = said.start.map(word);
  const log = join(work, `${component.name}.log`);
  const daemon = await startDaemon({ file, args, env, log });
  await answers(said, { ended: () => daemon.ended(), log, component: component.name, stop: source.stop });
}

async function startedOf(source: ScriptSource): Promise<Started> {
  const { service } = source.component;
  if (service?.engine === 'command') return service.options as unknown as Started;
  const answer = await askOnTarget(source, { ask: 'start' });
  if (answer.type === 'service' && typeof answer.service === 'object' && answer.service !== null) return answer.service as Started;
  throw new RecoveryError(
    'step-failed',
    `${source.component.name}: its runbook starts nothing`,
    'Correct the script, then go on with --resume.',
  );
}

function knownOf({ component, target }: ScriptSource, { port }: Started): Parameters<typeof withWords>[1] {
  const own = { ...partAt(target, component.name), ...(port === undefined ? {} : { port: String(port) }) };
  return { own, needed: new Map(component.needs.map(name => [name, partAt(target, name)])) };
}

interface Waiting {
  readonly ended: () => boolean;
  readonly log: string;
  readonly component: string;
  readonly stop: AbortSignal;
}

/** Ready as the plan says it: an answer to a GET. Without a port it is enough that it runs. */
async function answers({ port, ready }: Started, { ended, log, component, stop }: Waiting): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until && !stop.aborted) {
    await rest(EVERY_MS);
    if (ended()) break;
    if (port === undefined) return;
    const answer = await fetch(`http://127.0.0.1:${String(port)}${ready?.get ?? '/'}`).catch(() => undefined);
    if (answer !== undefined && (ready?.get === undefined || answer.ok)) return;
  }
  if (stop.aborted) throw new RecoveryError('stopped', 'the start was stopped', 'Go on with --resume.');
  throw new RecoveryError(
    'step-failed',
    `${component} ${ended() ? 'ended' : 'did not get ready'}: see ${log}`,
    'Mend what it says, then go on with --resume.',
  );
}
