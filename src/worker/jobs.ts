import type { Plan } from '../plan/plan.ts';
import type { Room } from '../schedule/room.ts';
import type { Ledger } from '../store/ledger.ts';
import { attemptAt } from '../store/occurrences.ts';
import { jobId, planKey, type DrillJob, type Queue, type TakenJob } from '../store/queue/queue.ts';
import { begin, dueAttempts, drillOne } from './drills.ts';
import { roomOf } from './room.ts';
import { guarded, ledgerOfClient, nowMs, type WorkerRun } from './run.ts';

/** What was enqueued is enqueued again so often: a queue that was lost is filled within this time. */
const REFILL_MS = 60_000;
/** A job whose worker is not heard for 30 s goes to another. */
const HEARTBEAT_MS = 10_000;

/** Puts what is due into the queue, whoever's site it is. Any number of workers do so: it is there once. */
export async function enqueueDue(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  if (run.queue === undefined || run.draining) return;
  const now = nowMs(run);
  for (const [id, at] of run.enqueued) if (now < at || now - at >= REFILL_MS) run.enqueued.delete(id);
  const jobs = dueAttempts(ledger, run.app.now(), plans)
    .map(({ plan, attempt: { occurrence, attempt } }): DrillJob => {
      const { id, lateAfter } = occurrence;
      const { client, site, limits } = plan;
      return { client, plan: plan.plan, site, occurrence: id, attempt, lateAfter, timeMs: limits.timeMs };
    })
    .filter(job => !run.enqueued.has(jobId(job)));
  if (jobs.length === 0) return;
  await run.queue.enqueue(jobs);
  for (const job of jobs) run.enqueued.set(jobId(job), now);
}

/** Takes as many jobs of our sites as there are free slots and room. Also called by each drill that ends: a free slot need not wait for a look. */
export function takeJobs(run: WorkerRun): Promise<void> {
  const { queue } = run;
  if (queue === undefined) return Promise.resolve();
  run.taking ??= guarded(run, 'queue', () => fill(run, queue)).finally(() => (run.taking = undefined));
  return run.taking;
}

async function fill(run: WorkerRun, queue: Queue): Promise<void> {
  const plans = new Map((run.fleet?.loaded.plans ?? []).filter(plan => isOurs(run, plan)).map(plan => [planKey(plan), plan]));
  const sites = [...new Set([...plans.values()].map(({ site }) => site))].sort();
  while (!run.draining && !run.app.stop.aborted && run.drills.size < run.setting.slots) {
    const room = await roomOf(run);
    const rooms = new Map([...plans].map(([key, plan]) => [key, run.drills.has(key) ? undefined : room.for(plan)]));
    const job = await queue.take(
      sites,
      [...rooms].filter(([, held]) => held === undefined).map(([key]) => key),
    );
    if (job === undefined) return;
    const key = planKey(job);
    beginJob(run, { queue, job, plan: plans.get(key), held: rooms.get(key) });
  }
}

interface Beginning {
  readonly queue: Queue;
  readonly job: TakenJob;
  /** Undefined: this worker does not know the plan, as it is there. */
  readonly plan: Plan | undefined;
  readonly held: Room | undefined;
}

function beginJob(run: WorkerRun, { queue, job, plan, held }: Beginning): void {
  const key = planKey(job);
  const nothing = { cpus: 0, memoryBytes: 0, diskBytes: 0 };
  begin(run, { key, held: held ?? nothing }, () => settle(run, { queue, job, plan }));
  // The next one is taken by whoever ends; whoever waits for this drill waits until that is known.
  run.drills.set(
    key,
    (run.drills.get(key) ?? Promise.resolve()).then(() => takeJobs(run)),
  );
}

/** The drill, if the ledger still has it open; and in any case an end for the job. */
async function settle(run: WorkerRun, { queue, job, plan }: Omit<Beginning, 'held'>): Promise<void> {
  const name = `${planKey(job)} in the queue`;
  const timer = setInterval(() => void guarded(run, name, () => queue.heartbeat(job)), HEARTBEAT_MS);
  try {
    if (plan !== undefined && (await isOpen(run, job))) await drillOne(run, plan, job.occurrence);
  } finally {
    clearInterval(timer);
    await guarded(run, name, async () => ((await mustComeBack(run, job, plan)) ? queue.fail(job) : queue.complete(job)));
  }
}

/** Not begun although it may be: here the plan is unknown, its lock is held or something broke. */
async function mustComeBack(run: WorkerRun, job: TakenJob, plan: Plan | undefined): Promise<boolean> {
  if (plan === undefined && !run.ledgers.has(job.client)) return true;
  return isOpen(run, job).catch(() => true);
}

/** Whether the ledger lets this attempt begin now. */
async function isOpen(run: WorkerRun, { client, occurrence, attempt }: TakenJob): Promise<boolean> {
  const ledger = await ledgerOfClient(run, client);
  await ledger.open();
  const found = attemptAt(ledger.index, occurrence, run.app.now());
  return !('refused' in found) && found.attempt === attempt;
}

/** A plan is touched by workers of its site; a worker of no site takes all. */
export function isOurs({ setting }: WorkerRun, { site }: Plan): boolean {
  return setting.site === null || site === setting.site;
}
