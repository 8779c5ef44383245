import { createHash } from 'node:crypto';

/** An attempt at an occurrence that is due, on its way to a worker of its site. */
export interface DrillJob {
  readonly client: string;
  readonly plan: string;
  readonly site: string;
  readonly occurrence: string;
  readonly attempt: number;
  /** Those that would be missed soonest are taken first. ISO. */
  readonly lateAfter: string;
  /** The time limit of the plan. */
  readonly timeMs: number;
}

/** A job that this process has taken. It is the worker's until it is settled, or until its heartbeats stop. */
export interface TakenJob extends Pick<DrillJob, 'client' | 'plan' | 'site' | 'occurrence' | 'attempt'> {
  readonly id: string;
  /** How often it was taken before. */
  readonly retryCount: number;
}

/** What waits and what runs at one site. */
export interface SiteDepth {
  readonly site: string;
  readonly waiting: number;
  readonly running: number;
}

/**
 * How drills travel between machines. It is no truth of its own: what may begin is what the ledger says, so a job that is there twice, too
 * late or not at all changes only how soon somebody looks. All verbs reject with StoreError `state-unreachable` while the server is gone,
 * and work again when it is back; `enqueue` and `take` with `state-newer` once a newer release has changed its tables.
 */
export interface Queue {
  /** Gives how many were not there yet. A job that was there, in whatever state, stays as it is. */
  enqueue(jobs: readonly DrillJob[]): Promise<number>;
  /** The job of one of these sites that would be missed soonest, of no plan (`client/plan`) in `without`, and of none that is being drilled. */
  take(sites: readonly string[], without: readonly string[]): Promise<TakenJob | undefined>;
  /** Says that this process is still at it; false if somebody else has it by now. */
  heartbeat(job: TakenJob): Promise<boolean>;
  /** Nothing is left to be done of it, however its drill ended. */
  complete(job: TakenJob): Promise<void>;
  /** It could not be begun: it comes back after a while, for whoever takes it then. */
  fail(job: TakenJob): Promise<void>;
  depth(): Promise<readonly SiteDepth[]>;
  close(): Promise<void>;
}

/** The schema of the queue in the database of the state. */
export const QUEUE_SCHEMA = 'resurgam_jobs';
const PREFIX = 'drill.';

export function queueOf(site: string): string {
  return `${PREFIX}${site}`;
}

export function siteOf(queue: string): string {
  return queue.slice(PREFIX.length);
}

/** `client/plan`: of these one is drilled at a time. */
export function planKey({ client, plan }: Pick<DrillJob, 'client' | 'plan'>): string {
  return `${client}/${plan}`;
}

/** Our namespace for `jobId`, drawn once. */
const NAMESPACE = Buffer.from('6f1d2c0e5a8b4f7d9b3e1c7a40d8e215', 'hex');

/** A name-based UUID (RFC 9562, version 5): however many schedulers enqueue an attempt, it is one job. Pure. */
export function jobId({ client, occurrence, attempt }: Pick<DrillJob, 'client' | 'occurrence' | 'attempt'>): string {
  const name = JSON.stringify([client, occurrence, attempt]);
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
