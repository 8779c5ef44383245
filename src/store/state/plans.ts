import type { Plan } from '../../plan/plan.ts';
import type { Asking } from '../../schedule/staff.ts';
import { manyRows } from './many.ts';
import type { Tx } from './state.ts';

/** What of a plan can be shown without reading its file. */
export interface PlanRow {
  readonly client: string;
  readonly plan: string;
  /** As people call the system. */
  readonly system: string;
  readonly tier: number;
  readonly site: string;
  /** SHA-256 (hex) of the plan file. */
  readonly digest: string;
  readonly rtoMs: number;
  readonly rpoMs: number;
  /** Those that have a backup of their own. */
  readonly components: readonly string[];
  /** What it asks of a worker; `null`: a release wrote the row that did not keep it. */
  readonly limits: Asking['limits'];
}

/** What is kept of a plan. Pure. */
export function planRow(plan: Plan): PlanRow {
  const { client, site, digest, system, contract } = plan;
  const { cpus, memoryBytes, diskBytes } = plan.limits;
  const components = plan.components.filter(component => component.backup !== null).map(component => component.name);
  const limits = { cpus, memoryBytes, diskBytes };
  return { client, plan: plan.plan, system: system.name, tier: system.tier, site, digest, ...targets(contract), components, limits };
}

function targets({ rtoMs, rpoMs }: Plan['contract']): Pick<PlanRow, 'rtoMs' | 'rpoMs'> {
  return { rtoMs, rpoMs };
}

const KEEP = `
insert into plan as p (client, plan, system, tier, site, digest, rto_ms, rpo_ms, components, limits, seen_at)
select g.client, g.plan, g.system, g.tier, g.site, g.digest, g."rtoMs", g."rpoMs", g.components, g.limits, $2
from jsonb_to_recordset($1::jsonb)
  as g(client text, plan text, system text, tier int, site text, digest text, "rtoMs" bigint, "rpoMs" bigint, components text[], limits jsonb)
on conflict (client, plan) do update set system = excluded.system, tier = excluded.tier, site = excluded.site, digest = excluded.digest,
  rto_ms = excluded.rto_ms, rpo_ms = excluded.rpo_ms, components = excluded.components, limits = excluded.limits, seen_at = excluded.seen_at
where (p.system, p.tier, p.site, p.digest, p.rto_ms, p.rpo_ms, p.components, p.limits)
  is distinct from (excluded.system, excluded.tier, excluded.site, excluded.digest, excluded.rto_ms, excluded.rpo_ms, excluded.components, excluded.limits)`;

/** These are all valid plans of these sites (`null`: of every site) now. Whoever loads plans says so, so that others need not read 10,000 files. */
export async function keepPlans(tx: Tx, plans: readonly PlanRow[], at: { now: string; sites: readonly string[] | null }): Promise<void> {
  await tx.query(KEEP, [JSON.stringify(plans), at.now]);
  const keys = plans.map(({ client, plan }) => ({ client, plan }));
  await tx.query(
    `delete from plan p where ($2::text[] is null or p.site = any($2)) and not exists
       (select from jsonb_to_recordset($1::jsonb) as g(client text, plan text) where g.client = p.client and g.plan = p.plan)`,
    [JSON.stringify(keys), at.sites],
  );
}

/** Every plan that is known. */
export async function listPlans(tx: Tx): Promise<readonly PlanRow[]> {
  return manyRows<PlanRow>(
    tx,
    'select client, plan, system, tier, site, digest, rto_ms as "rtoMs", rpo_ms as "rpoMs", components, limits from plan order by client, plan',
  );
}
