import { lastDrills, type DrillSeries } from './drills.ts';
import type { SiteDepth } from '../queue/queue.ts';
import { isoOf, manyRows } from './many.ts';
import type { PlanRow } from './plans.ts';
import type { State, Tx } from './state.ts';
import { workers, type WorkerRow } from './workers.ts';

/** The last look at the backups of one component. */
export interface LastCheck {
  readonly client: string;
  readonly plan: string;
  readonly component: string;
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  /**
   * As of when the data of the newest valid recovery point are, else since when it could be used; `null`: there is none. Where nobody could
   * look, the one that was seen last: its age goes on growing.
   */
  readonly newestAt: string | null;
}

/** What is due next of one plan, and not done yet. */
export interface DueRow {
  readonly client: string;
  readonly plan: string;
  readonly dueAt: string;
  readonly lateAfter: string;
  /** One of its drills is being executed now. */
  readonly state: 'waiting' | 'running';
}

/** A matter that is not resolved. Its key is `<client>/<system>/<condition>`. */
export interface OpenMatter {
  readonly client: string;
  readonly escalation: string;
  readonly key: string;
  readonly severity: string;
  readonly state: string;
  readonly openedAt: string;
}

/** Who was told of an open matter, by which channel, and what came of it. */
export interface Call {
  readonly client: string;
  readonly escalation: string;
  readonly tier: string;
  readonly contact: string;
  readonly channel: string;
  readonly state: 'waiting' | 'accepted' | 'delivered' | 'failed';
  readonly at: string;
}

/** Everything that changes, as one look at it shows. */
export interface Overview {
  readonly drills: readonly DrillSeries[];
  readonly checks: readonly LastCheck[];
  readonly due: readonly DueRow[];
  readonly matters: readonly OpenMatter[];
  readonly calls: readonly Call[];
  readonly workers: readonly WorkerRow[];
}

/**
 * All of it, of all clients. Each query touches as many rows as there are plans, however long the history is. They run side by side: what
 * one takes to read, the server takes to answer another. Nothing is concluded from two of them that a moment between them could make wrong.
 */
export async function readOverview(state: State, plans: readonly PlanRow[]): Promise<Overview> {
  const [drills, checks, rest] = await Promise.all([
    state.all(lastDrills),
    state.all(tx => lastChecks(tx, plans)),
    state.all(async tx => ({ due: await nextDrills(tx), matters: await openMatters(tx), calls: await callsOfOpen(tx) })),
  ]);
  return { drills, checks, ...rest, workers: await workers(state) };
}

/** One probe of the primary key per component: the table of checks grows by each look at each store. */
async function lastChecks(tx: Tx, plans: readonly PlanRow[]): Promise<readonly LastCheck[]> {
  const keys = plans.flatMap(({ client, plan, components }) => components.map(component => [client, plan, component] as const));
  const column = (at: 0 | 1 | 2): readonly string[] => keys.map(key => key[at]);
  return manyRows<LastCheck>(
    tx,
    `select k.client, k.plan, k.component, c.outcome, coalesce(n.newest->>'consistentAt', n.newest->>'availableAt') as "newestAt"
       from unnest($1::text[], $2::text[], $3::text[]) as k(client, plan, component)
       cross join lateral (select at, outcome, newest from backup_check b
         where b.client = k.client and b.plan = k.plan and b.component = k.component order by at desc limit 1) c
       left join lateral (select c.newest where c.newest is not null or c.outcome <> 'inconclusive'
         union all (select newest from backup_check b where c.newest is null and c.outcome = 'inconclusive'
           and b.client = k.client and b.plan = k.plan and b.component = k.component and b.newest is not null order by at desc limit 1)
         limit 1) n on true`,
    [column(0), column(1), column(2)],
  );
}

/** Grouped, not sorted: of 10,000 plans with a month of occurrences that is a quarter of the time. */
async function nextDrills(tx: Tx): Promise<readonly DueRow[]> {
  return manyRows<DueRow>(
    tx,
    `select client, plan, ${isoOf('min(due_at)')} as "dueAt", ${isoOf('min(late_after)')} as "lateAfter",
            case when bool_or(state = 'running') then 'running' else 'waiting' end as state
       from occurrence where state in ('waiting', 'running') and id like '%/drill@%' group by client, plan`,
  );
}

async function openMatters(tx: Tx): Promise<readonly OpenMatter[]> {
  const rows = await tx.query(
    `select client, id as escalation, key, severity, state, opened_at as "openedAt" from escalation where resolved_at is null
      order by severity, opened_at`,
  );
  return rows as unknown as readonly OpenMatter[];
}

async function callsOfOpen(tx: Tx): Promise<readonly Call[]> {
  const rows = await tx.query(
    `select d.client, d.escalation, d.tier, d.contact, d.channel, case d.state when 'exhausted' then 'failed' else d.state end as state,
            coalesce(d.ended_at, d.made_at) as at
       from escalation e join delivery d on d.client = e.client and d.escalation = e.id
      where e.resolved_at is null and d.state <> 'dropped' order by d.made_at, d.id`,
  );
  return rows as unknown as readonly Call[];
}

/** What waits and what runs at one site, as the state knows it: what is due and was not begun, whoever will take it. */
export async function readDueBySite(state: State, now: string): Promise<readonly SiteDepth[]> {
  const rows = await state.all(tx =>
    tx.query(
      `select p.site, (count(*) filter (where o.state = 'waiting'))::int as waiting, (count(*) filter (where o.state = 'running'))::int as running
         from occurrence o join plan p on p.client = o.client and p.plan = o.plan
        where o.id like '%/drill@%' and (o.state = 'running' or (o.state = 'waiting' and o.due_at <= $1)) group by p.site order by p.site`,
      [now],
    ),
  );
  return rows as unknown as readonly SiteDepth[];
}

/** Messages on their way, over all clients. */
export async function countUndelivered(state: State): Promise<number> {
  const [row] = await state.all(tx => tx.query("select count(*)::int as undelivered from delivery where state = 'waiting'"));
  return Number(row?.['undelivered']);
}
