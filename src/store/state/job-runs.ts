import type { JobRun } from '../../backup/job-state.ts';
import type { CheckPlace } from './backup-checks.ts';
import type { Row, Tx } from './state.ts';

const COLUMNS = 'run, source, state, started_at, ended_at, exit_code, duration_ms, output_bytes, seen_at';

/** The last runs of a component's backup job, the one that began last first. */
export async function lastJobRuns(tx: Tx, place: CheckPlace, count: number): Promise<readonly JobRun[]> {
  const rows = await tx.query(
    `select ${COLUMNS} from job_run where client = $1 and plan = $2 and component = $3
      order by coalesce(started_at, ended_at, seen_at) desc limit $4`,
    [place.client, place.plan, place.component, count],
  );
  return rows.map(runOf);
}

export interface JobStart {
  readonly run: string;
  readonly source: JobRun['source'];
  readonly at: string;
}

/** A run has begun. Heard twice, the first word counts; heard after its end, it only tells when it began. */
export async function keepJobStart(tx: Tx, place: CheckPlace, { run, source, at }: JobStart): Promise<void> {
  await tx.query(
    `insert into job_run (client, plan, component, run, source, state, started_at, seen_at) values ($1, $2, $3, $4, $5, 'started', $6, $6)
     on conflict (client, plan, component, run) do update
       set started_at = coalesce(job_run.started_at, case when excluded.started_at <= job_run.ended_at then excluded.started_at end)`,
    [place.client, place.plan, place.component, run, source, at],
  );
}

export interface JobEnd {
  readonly run: string;
  readonly source: JobRun['source'];
  readonly state: 'succeeded' | 'failed';
  /** When it began, if whoever reports the end knows. */
  readonly startedAt: string | null;
  readonly endedAt: string;
  readonly exitCode: number | null;
  /** By the monotonic clock of the machine that ran it; `null`: counted from when start and end were heard. */
  readonly durationMs: number | null;
  readonly outputBytes: number | null;
}

/** A run has ended. Heard twice, the last word counts, but a failure stays one. */
export async function keepJobEnd(tx: Tx, place: CheckPlace, end: JobEnd): Promise<void> {
  await tx.query(
    `insert into job_run (client, plan, component, run, source, state, started_at, ended_at, exit_code, duration_ms, output_bytes, seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8)
     on conflict (client, plan, component, run) do update set
       state = case when job_run.state = 'failed' then 'failed' else excluded.state end,
       started_at = coalesce(job_run.started_at, excluded.started_at),
       ended_at = excluded.ended_at,
       exit_code = case when job_run.state = 'failed' then job_run.exit_code else excluded.exit_code end,
       duration_ms = coalesce(excluded.duration_ms,
         greatest(0, floor(extract(epoch from excluded.ended_at - job_run.started_at) * 1000))::bigint),
       output_bytes = coalesce(excluded.output_bytes, job_run.output_bytes),
       seen_at = excluded.seen_at`,
    [
      ...[place.client, place.plan, place.component, end.run, end.source, end.state],
      ...[end.startedAt, end.endedAt, end.exitCode, end.durationMs, end.outputBytes],
    ],
  );
}

/** The run to which an end without an id belongs: the newest that was begun by a ping without an id (`prefix`) and has not ended. */
export async function openJobRun(tx: Tx, place: CheckPlace, prefix: string): Promise<string | undefined> {
  const rows = await tx.query(
    `select run from job_run where client = $1 and plan = $2 and component = $3 and state = 'started' and source = 'ping'
        and starts_with(run, $4) order by started_at desc limit 1`,
    [place.client, place.plan, place.component, prefix],
  );
  return rows[0]?.run as string | undefined;
}

function runOf(row: Row): JobRun {
  return {
    run: row.run as string,
    source: row.source as JobRun['source'],
    state: row.state as JobRun['state'],
    startedAt: row.started_at as string | null,
    endedAt: row.ended_at as string | null,
    exitCode: row.exit_code as number | null,
    durationMs: row.duration_ms as number | null,
    outputBytes: row.output_bytes as number | null,
    seenAt: row.seen_at as string,
  };
}
