import { join } from 'node:path';
import type { SecretReference } from '../plan/plan.ts';
import { withWords } from '../service/words.ts';
import { startDaemon } from '../system/daemon.ts';
import { listens } from '../system/listens.ts';
import { RecoveryError } from './error.ts';
import { askOnTarget, partAt, type ScriptSource } from './script.ts';
import { portTaken, waitUntilReady } from './wait.ts';

interface Started {
  readonly start: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | boolean | SecretReference>>;
  readonly port?: number;
  readonly ready?: { readonly get?: string };
}

/** What the plan or its runbook says is to be started, on this machine. It goes on running when we end. */
export async function startApplication(source: ScriptSource, isRetry: boolean): Promise<void> {
  const { component, work, tools, stop } = source;
  const said = await startedOf(source);
  const ready = (): Promise<boolean> => answers(said);
  // Whoever was cut off may have started it before.
  if (said.port !== undefined && (await listens(said.port))) {
    if (isRetry) return waitUntilReady({ ready, ended: () => false, log: work, component: component.name, stop });
    throw portTaken(component.name, said.port);
  }
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
  await waitUntilReady({ ready, ended: () => daemon.ended(), log, component: component.name, stop });
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

function knownOf(source: ScriptSource, { port }: Started): Parameters<typeof withWords>[1] {
  const { component } = source;
  const own = { ...partAt(source, component.name), ...(port === undefined ? {} : { port: String(port) }) };
  return { own, needed: new Map(component.needs.map(name => [name, partAt(source, name)])) };
}

/** Ready as the plan says it: an answer to a GET. Without a port it is enough that it runs. */
async function answers({ port, ready }: Started): Promise<boolean> {
  if (port === undefined) return true;
  const answer = await fetch(`http://127.0.0.1:${String(port)}${ready?.get ?? '/'}`).catch(() => undefined);
  return answer !== undefined && (ready?.get === undefined || answer.ok);
}
