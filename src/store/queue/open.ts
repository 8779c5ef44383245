import type { PgBoss } from 'pg-boss';
import { StoreError } from '../error.ts';
import { CONNECT_MS } from '../state/address.ts';
import { stateError } from '../state/state-error.ts';
import { DEPTH, depthOf } from './depth.ts';
import { jobId, planKey, QUEUE_SCHEMA, queueOf, type DrillJob, type Queue, type TakenJob } from './queue.ts';
import { refuseNewerQueue, versionOfQueue } from './version.ts';

export interface QueuePlace {
  readonly connectionString: string;
  /** Of this process, for whoever looks at the queue. */
  readonly name: string;
  /** What the queue says of itself in the background. Never holds rows, statements or the address. */
  readonly explain: (message: string) => void;
}

const WHERE = 'DATABASE_URL';
const CONNECTIONS = 3;
/** A worker that is not heard for so long is taken for dead; its job comes back. */
const HEARTBEAT_SECONDS = 30;
/** How often each process looks for such jobs. */
const SUPERVISE_SECONDS = 10;
/** After the drill's own time limit there is its sandbox to be destroyed and its record to be signed. pg-boss takes at most a day. */
const AFTER_LIMIT_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** The ledger ends an occurrence, not a count of tries. */
const RETRIES = 1_000;
const RETRY_SECONDS = { first: 5, most: 300 };
/** Priorities are whole numbers of 32 bits: minutes before this moment. */
const FAR_MINUTES = Date.parse('2100-01-01T00:00:00Z') / 60_000;

/**
 * Opens the queue; makes its tables, or brings them to this release, if need be. Rejects with StoreError `state-unreachable`, `state-newer`,
 * `disk-full`, `busy`, `broke`.
 */
export async function openQueue(place: QueuePlace): Promise<Queue> {
  refuseNewerQueue(await versionOfQueue(place.connectionString));
  const boss = await started(place);
  const { once, known } = queuesOf(boss);
  // A newer release may bring them further while we run.
  const ours = async (): Promise<void> => refuseNewerQueue(await boss.schemaVersion());
  return {
    enqueue: jobs => spoken(() => ours().then(() => enqueue(boss, once, jobs))),
    take: (sites, without) => spoken(() => ours().then(() => take(boss, { sites, known, without }))),
    heartbeat: job => spoken(async () => countOf(await boss.touch(queueOf(job.site), claim(job))) > 0),
    complete: job => settled(() => boss.complete(queueOf(job.site), claim(job))),
    fail: job => settled(() => boss.fail(queueOf(job.site), claim(job))),
    depth: () => spoken(async () => depthOf((await boss.getDb().executeSql(DEPTH)).rows)),
    close: () => boss.stop({ graceful: false }),
  };
}

async function started({ connectionString, name, explain }: QueuePlace): Promise<PgBoss> {
  // Loaded when it is needed: most commands have no use for it.
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({
    ...{ connectionString, schema: QUEUE_SCHEMA, instanceName: name, application_name: 'resurgam queue' },
    ...{ max: CONNECTIONS, connectionTimeoutMillis: CONNECT_MS, schedule: false },
    ...{ superviseIntervalSeconds: SUPERVISE_SECONDS, monitorIntervalSeconds: SUPERVISE_SECONDS },
    // What is due is in the ledger; a long queue is told by our own metrics.
    warningQueueSize: 1_000_000,
  });
  boss.on('error', (error: unknown) => {
    explain(`queue: ${wordsOf(error)}`);
  });
  // The rest of a warning may be a statement with its values.
  boss.on('warning', ({ message }) => {
    explain(`queue: ${message.split('\n')[0]?.slice(0, 200) ?? ''}`);
  });
  try {
    return await boss.start();
  } catch (cause) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw unopened(stateError(cause, WHERE));
  }
}

function unopened(cause: unknown): unknown {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const hint =
    code === '42501'
      ? `Run \`resurgam state migrate\` once as the owner of the database, and give this user its rights in the schema ${QUEUE_SCHEMA}.`
      : 'Look into the log of the PostgreSQL server; nothing was changed.';
  return new StoreError('broke', `${WHERE}: expected the tables of the queue, they could not be made (${code})`, { hint, cause });
}

/** What pg and pg-boss say may quote a row: only ours is passed on, of the others the code. */
function wordsOf(cause: unknown): string {
  const error = stateError(cause, WHERE);
  return error instanceof StoreError ? error.message : `could not be looked after (${codeOf(error)})`;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown cause';
}

async function spoken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const error = stateError(cause, WHERE);
    if (error instanceof StoreError) throw error;
    throw new StoreError('broke', `the queue: could not be asked (${codeOf(error)})`, {
      hint: 'Look into the log of the PostgreSQL server; the next look tries again.',
      cause,
    });
  }
}

/** That somebody else has it by now is no fault of ours, and nothing to be done about. */
async function settled(work: () => Promise<unknown>): Promise<void> {
  await spoken(work);
}

interface Queues {
  /** Makes the queue of a site unless this process knows that it is there. */
  readonly once: (queue: string) => Promise<void>;
  readonly known: (queue: string) => Promise<boolean>;
}

/** A queue that somebody dropped by hand is made again after the first call that misses it. */
function queuesOf(boss: PgBoss): Queues {
  const there = new Set<string>();
  return {
    once: async queue => {
      if (there.has(queue) && (await boss.getQueue(queue)) !== null) return;
      await boss.createQueue(queue, {
        ...{ policy: 'singleton', heartbeatSeconds: HEARTBEAT_SECONDS, expireInSeconds: DAY_SECONDS },
        ...{ retryLimit: RETRIES, retryDelay: RETRY_SECONDS.first, retryBackoff: true, retryDelayMax: RETRY_SECONDS.most },
      });
      there.add(queue);
    },
    known: async queue => {
      if (!there.has(queue) && (await boss.getQueue(queue)) !== null) there.add(queue);
      return there.has(queue);
    },
  };
}

async function enqueue(boss: PgBoss, once: Queues['once'], jobs: readonly DrillJob[]): Promise<number> {
  let added = 0;
  for (const site of new Set(jobs.map(job => job.site))) {
    await once(queueOf(site));
    const rows = jobs.filter(job => job.site === site).map(rowOf);
    added += (await boss.insert(queueOf(site), rows, { returnId: true }))?.length ?? 0;
  }
  return added;
}

function rowOf(job: DrillJob) {
  const { client, plan, occurrence, attempt, lateAfter, timeMs } = job;
  return {
    ...{ id: jobId(job), data: { client, plan, occurrence, attempt } },
    ...{ singletonKey: planKey(job), group: { id: planKey(job) } },
    priority: Math.round(FAR_MINUTES - Date.parse(lateAfter) / 60_000),
    expireInSeconds: Math.min(DAY_SECONDS, Math.ceil(timeMs / 1_000) + AFTER_LIMIT_SECONDS),
  };
}

interface Taking {
  readonly sites: readonly string[];
  readonly known: Queues['known'];
  readonly without: readonly string[];
}

async function take(boss: PgBoss, { sites, known, without }: Taking): Promise<TakenJob | undefined> {
  for (const site of sites) {
    if (!(await known(queueOf(site)))) continue;
    const [job] = await boss.fetch<Pick<DrillJob, 'client' | 'plan' | 'occurrence' | 'attempt'>>(queueOf(site), {
      includeMetadata: true,
      ignoreGroups: [...without],
    });
    if (job !== undefined) return { ...job.data, site, id: job.id, retryCount: job.retryCount };
  }
  return undefined;
}

/** Settles only what this process took: a job that somebody else has by now stays his. */
function claim({ id, retryCount }: TakenJob): { id: string; retryCount: number } {
  return { id, retryCount };
}

/** pg-boss gives the count and does not declare it. */
function countOf(response: object): number {
  return 'affected' in response ? Number(response.affected) : 0;
}
