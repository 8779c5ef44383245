import type { Jail } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { died } from '../died.ts';
import type { RunningService, SharedSocket } from '../service.ts';
import { openSocket } from '../share.ts';
import { SOCKET_NAME, USER } from './place.ts';
import { sessionsAt } from './session.ts';
import type { StartedServer } from './server.ts';

const DYING_MS = 2_000;
const PROBE = 'service';

export interface RunningOrder {
  readonly server: StartedServer;
  readonly jail: Jail;
  readonly major: number;
  /** In which questions without a schema of their own are asked. */
  readonly database: string | undefined;
}

/** Ready means that a query of ours returned a row. Bad news is a finding. */
export async function runService(order: RunningOrder): Promise<RunningService> {
  const question = sessionsAt({ folder: order.server.socket, user: USER }, order.database);
  const startedMs = performance.now();
  const up = await stillUp(order, question);
  const ready = up.outcome === 'passed';
  const latencyMs = Math.round(performance.now() - startedMs);
  return {
    engine: 'mariadb',
    major: order.major,
    findings: [ready ? finding('service.ready', 'passed', { probe: PROBE, latencyMs }) : up],
    ready,
    sql: question,
    share: signal => share(order, signal),
    stillUp: () => stillUp(order, question),
  };
}

async function share({ server, jail, database }: RunningOrder, stop: AbortSignal): Promise<SharedSocket> {
  const at = { folder: server.socket, name: SOCKET_NAME };
  await openSocket({ jail, ...at }, stop);
  return { ...at, saidAs: 'socket', port: 3306, user: USER, database: database ?? '' };
}

/** Asked at the very end too: a server that died in between did not stand its test. */
async function stillUp(order: RunningOrder, question: RunningService['sql']): Promise<Finding> {
  if (order.server.ended() !== undefined) return died(order.jail.limitHit());
  try {
    await question('select 1 as one', { timeLimitMs: 30_000 });
    return finding('service.up', 'passed', { probe: PROBE });
  } catch {
    // The connection breaks a moment before the server's end is known.
    await Promise.race([order.server.process.ended, new Promise(resolve => setTimeout(resolve, DYING_MS))]);
    return order.server.ended() === undefined
      ? finding('service.no-answer', 'inconclusive', { probe: PROBE })
      : died(order.jail.limitHit());
  }
}
