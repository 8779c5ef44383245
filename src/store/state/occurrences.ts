import type { Ledger } from '../ledger.ts';
import type { OpenOccurrence } from '../schedule-index.ts';
import type { State, Tx } from './state.ts';

/** So many of each plan are kept: what is due now, what runs and what comes next. */
const NEXT = 3;

/** A row as it should be. */
interface Row {
  readonly id: string;
  readonly plan: string;
  readonly dueAt: string;
  readonly lateAfter: string;
  readonly state: 'waiting' | 'running';
  readonly attempts: number;
  readonly drill: string | null;
}

/** Which state of each ledger was kept last: an entry that changes an occurrence makes the ledger longer. */
const kept = new WeakMap<Ledger, { readonly state: State; readonly size: number }>();

/**
 * Brings the next drills of each plan into the state as the ledger has them, so that the overview need not open ledgers. Nothing is asked
 * while the ledger stays as it is. The ledger stays the evidence: these rows can be made anew at any time.
 */
export async function indexOccurrences(ledger: Ledger, state: State): Promise<void> {
  const { size } = ledger.position();
  const last = kept.get(ledger);
  if (last?.state === state && last.size === size) return;
  const rows = nextOccurrences(ledger.index.schedule);
  await state.of(ledger.client, tx => keepOccurrences(tx, ledger.client, rows));
  kept.set(ledger, { state, size });
}

/** What of each plan is open and comes first; an occurrence that waits for another attempt is no longer next. */
function nextOccurrences(schedule: Ledger['index']['schedule']): readonly Row[] {
  const rows: Row[] = [];
  for (const plan of schedule.plans()) {
    const open = [...schedule.openOf(plan)].filter(({ attempts, running }) => attempts === 0 || running !== null);
    rows.push(...open.toSorted(byDue).slice(0, NEXT).map(rowOf));
  }
  return rows;
}

function rowOf({ id, plan, dueAt, lateAfter, attempts, running }: OpenOccurrence): Row {
  return { id, plan, dueAt, lateAfter, state: running === null ? 'waiting' : 'running', attempts, drill: running };
}

function byDue(a: OpenOccurrence, b: OpenOccurrence): number {
  return Date.parse(a.dueAt) - Date.parse(b.dueAt);
}

const GIVEN = `jsonb_to_recordset($2::jsonb) as g(id text, plan text, "dueAt" timestamptz, "lateAfter" timestamptz, state text, attempts int, drill text)`;

/** Only drills, and only what waits or runs: backup checks that somebody skipped stay. */
async function keepOccurrences(tx: Tx, client: string, rows: readonly Row[]): Promise<void> {
  const given = JSON.stringify(rows);
  await tx.query(
    `delete from occurrence o where client = $1 and state in ('waiting', 'running') and id like '%/drill@%'
       and not exists (select from ${GIVEN} where g.id = o.id)`,
    [client, given],
  );
  await tx.query(
    `insert into occurrence as o (client, id, plan, due_at, late_after, state, attempts, drill)
     select $1, g.id, g.plan, g."dueAt", g."lateAfter", g.state, g.attempts, g.drill from ${GIVEN} order by g.id
     on conflict (client, id) do update set state = excluded.state, attempts = excluded.attempts, drill = excluded.drill, changed_at = now()
       where (o.state, o.attempts, o.drill) is distinct from (excluded.state, excluded.attempts, excluded.drill)`,
    [client, given],
  );
}
