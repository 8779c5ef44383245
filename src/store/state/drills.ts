import type { DrillRecord } from '../../evidence/record.ts';
import { readRecord, regularDrills } from '../drills.ts';
import type { FinishedMark } from '../ledger-index.ts';
import type { Ledger } from '../ledger.ts';
import { manyRows } from './many.ts';
import type { State, Tx } from './state.ts';

type Verdict = DrillRecord['verdict'];

/** One finished drill as the index of the ledgers keeps it. `null`: not tested, or the record cannot be believed any more. */
export interface DrillRow {
  readonly client: string;
  readonly drill: string;
  readonly plan: string;
  readonly occurrence: string | null;
  readonly verdict: Verdict;
  readonly startedAt: string | null;
  readonly endedAt: string;
  readonly recoveryTimeMs: number | null;
  readonly rtoMs: number | null;
  /** Age of the recovered data. */
  readonly rpaMs: number | null;
  readonly rpoMs: number | null;
  readonly planDigest: string | null;
  /** Of its `drill-finished` entry: the evidence. Orders the drills of a client. */
  readonly ledgerSeq: number;
}

/** What is said of a drill without opening its ledger. */
export interface BriefDrill {
  readonly drill: string;
  readonly verdict: Verdict;
  readonly endedAt: string;
  readonly planDigest: string | null;
}
export type MeasuredDrill = BriefDrill & Pick<DrillRow, 'recoveryTimeMs' | 'rtoMs' | 'rpaMs' | 'rpoMs'>;

/** All drills of one plan, in a few words. */
export interface DrillSeries {
  readonly client: string;
  readonly plan: string;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly last: BriefDrill;
  /** The last one that was not inconclusive. */
  readonly conclusive: MeasuredDrill | null;
  /** The last one that passed. */
  readonly passing: BriefDrill | null;
}

/** Of a mark and the one before it, the one that stands later in the ledger. */
const later = (column: string): string =>
  `${column} = case when excluded.${column} is null or (s.${column}->>'seq')::bigint > (excluded.${column}->>'seq')::bigint
     then s.${column} else excluded.${column} end`;
const newest = (mark: string, where = 'true'): string => `(array_agg(${mark} order by seq desc) filter (where ${where}))[1]`;

/** The series is kept with the drills, in one statement: nothing has to count a million rows when somebody looks. */
const KEEP = `
with given as (
  select * from jsonb_to_recordset($1::jsonb) as g(client text, drill text, plan text, occurrence text, verdict text, started timestamptz,
    ended timestamptz, recovery_time bigint, rto bigint, rpa bigint, rpo bigint, digest text, seq bigint, brief jsonb, measured jsonb)
), kept as (
  insert into drill (client, drill, plan, occurrence, verdict, started_at, ended_at, recovery_time_ms, rto_ms, rpa_ms, rpo_ms, plan_digest, ledger_seq)
  select client, drill, plan, occurrence, verdict, started, ended, recovery_time, rto, rpa, rpo, digest, seq from given
  on conflict do nothing returning client, drill
), fresh as (select given.* from given join kept using (client, drill)
), added as (
  insert into drill_series as s (client, plan, passed, objective_missed, failed, inconclusive, last, conclusive, passing)
  select client, plan, count(*) filter (where verdict = 'passed'), count(*) filter (where verdict = 'objective-missed'),
    count(*) filter (where verdict = 'failed'), count(*) filter (where verdict = 'inconclusive'),
    ${newest('brief')}, ${newest('measured', "verdict <> 'inconclusive'")}, ${newest('brief', "verdict = 'passed'")}
  from fresh group by client, plan order by client, plan
  on conflict (client, plan) do update set passed = s.passed + excluded.passed,
    objective_missed = s.objective_missed + excluded.objective_missed, failed = s.failed + excluded.failed,
    inconclusive = s.inconclusive + excluded.inconclusive, ${later('last')}, ${later('conclusive')}, ${later('passing')}
)
select count(*)::int as added from fresh`;

/** Puts drills into the index. One that is there already stays as it is. Gives how many were new. */
export async function keepDrills(tx: Tx, rows: readonly DrillRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const [counted] = await tx.query(KEEP, [JSON.stringify(rows.map(given))]);
  return (counted as { added?: number } | undefined)?.added ?? 0;
}

function given(row: DrillRow): object {
  const brief = { drill: row.drill, verdict: row.verdict, endedAt: row.endedAt, planDigest: row.planDigest, seq: row.ledgerSeq };
  const figures = { recoveryTimeMs: row.recoveryTimeMs, rtoMs: row.rtoMs, rpaMs: row.rpaMs, rpoMs: row.rpoMs };
  return {
    ...{ client: row.client, drill: row.drill, plan: row.plan, occurrence: row.occurrence, verdict: row.verdict },
    ...{ started: row.startedAt, ended: row.endedAt, digest: row.planDigest, seq: row.ledgerSeq },
    ...{ recovery_time: row.recoveryTimeMs, rto: row.rtoMs, rpa: row.rpaMs, rpo: row.rpoMs },
    brief,
    measured: { ...brief, ...figures },
  };
}

/** Puts one drill into the index, once its entry stands in the ledger. */
export async function keepDrill(tx: Tx, record: DrillRecord, ledgerSeq: number): Promise<void> {
  await keepDrills(tx, [drillRow(record, ledgerSeq)]);
}

/** What the index keeps of a record. Pure. */
export function drillRow(record: DrillRecord, ledgerSeq: number): DrillRow {
  const { client, drill, plan, occurrence, verdict, startedAt, endedAt, planDigest, objectives } = record;
  return {
    ...{ client, drill, plan, occurrence, verdict, startedAt, endedAt, planDigest, ledgerSeq },
    recoveryTimeMs: record.recoveryTime.ms,
    rtoMs: objectives.rto.targetMs,
    rpaMs: record.recoveryPointAge.ms,
    rpoMs: objectives.rpo.targetMs,
  };
}

/** Every plan that was ever drilled. */
export async function lastDrills(tx: Tx): Promise<readonly DrillSeries[]> {
  const counts = `json_build_object('passed', passed, 'objective-missed', objective_missed, 'failed', failed, 'inconclusive', inconclusive)`;
  return manyRows<DrillSeries>(tx, `select client, plan, ${counts} as counts, last, conclusive, passing from drill_series`);
}

/** So many drills are put into the index in one go. */
const BATCH = 500;

/** Brings the index up to what the ledger says of drills that speak for their plans. The ledger stays the evidence; drills that are indexed are not read again. */
export async function indexLedger(
  ledger: Ledger,
  state: State,
): Promise<{ readonly added: number; readonly unreadable: readonly string[] }> {
  const missing = await notIndexed(ledger, state);
  const unreadable: string[] = [];
  let added = 0;
  for (let from = 0; from < missing.length; from += BATCH) {
    const rows: DrillRow[] = [];
    for (const mark of missing.slice(from, from + BATCH)) {
      const record = await readRecord(ledger, mark.drill);
      if (record === undefined) unreadable.push(mark.drill);
      rows.push(record === undefined ? withoutRecord(ledger.client, mark) : drillRow(record, mark.seq));
    }
    added += await state.of(ledger.client, tx => keepDrills(tx, rows));
  }
  return { added, unreadable };
}

/** Oldest first. Mostly the number alone says that nothing is missing. */
async function notIndexed(ledger: Ledger, state: State): Promise<readonly FinishedMark[]> {
  const finished = regularDrills(ledger).toReversed();
  return state.of(ledger.client, async tx => {
    const [counted] = await tx.query('select count(*)::int as drills from drill where client = $1', [ledger.client]);
    if (counted?.['drills'] === finished.length) return [];
    const rows = await tx.query('select drill from drill where client = $1', [ledger.client]);
    const there = new Set(rows.map(row => row['drill']));
    return finished.filter(mark => !there.has(mark.drill));
  });
}

/** The verdict is signed in the entry itself; the figures stand in the record, which is gone or was changed. */
function withoutRecord(client: string, mark: FinishedMark): DrillRow {
  const { drill, plan, at: endedAt, seq: ledgerSeq } = mark;
  const verdict = mark.verdict as Verdict;
  const figures = { recoveryTimeMs: null, rtoMs: null, rpaMs: null, rpoMs: null };
  return { client, drill, plan, verdict, endedAt, ledgerSeq, ...figures, occurrence: null, startedAt: null, planDigest: null };
}
