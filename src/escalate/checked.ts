import type { PlanChecked } from '../check/tools.ts';
import { conditionsOfChecks, type Checked, type ChecksSeen } from '../escalation/conditions-of-checks.ts';
import type { Plan } from '../plan/plan.ts';
import type { Ledger } from '../store/ledger.ts';
import { firstBackupCheckAt, lastBackupChecks, lastWithPoint, type BackupCheckRow } from '../store/state/backup-checks.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import type { Tx } from '../store/state/state.ts';
import { applyAll } from './apply.ts';
import { clientNamed, type EscalateTools } from './tools.ts';

/** So many checks are looked back at for failures in a row. */
const LOOKED_BACK = 20;

/**
 * What follows from a backup check that was just made. Conditions of backups are true or not at each look, so that one that a crash
 * kept from being acted on is seen again by the next check.
 */
export async function afterCheck(
  checked: PlanChecked,
  plan: Plan,
  { ledger, tools }: { ledger: Ledger; tools: EscalateTools },
): Promise<void> {
  await drainOutbox(tools.state, ledger);
  const { seq } = ledger.position();
  const rules = { plan, client: clientNamed(tools.fleet, plan.client) };
  await tools.state.of(plan.client, async tx => {
    for (const { component } of checked.components) {
      const seen = await seenOf(tx, { client: plan.client, plan: plan.plan, component }, { at: checked.at, seq });
      await applyAll({ tx, client: plan.client, tools }, conditionsOfChecks(seen, rules));
    }
  });
  await drainOutbox(tools.state, ledger);
}

interface Place {
  readonly client: string;
  readonly plan: string;
  readonly component: string;
}

async function seenOf(tx: Tx, place: Place, when: { readonly at: string; readonly seq: number }): Promise<ChecksSeen> {
  const rows = await lastBackupChecks(tx, place, LOOKED_BACK);
  const valid = rows.find(row => row.newest !== null) ?? (await lastWithPoint(tx, place));
  const arrived = rows.flatMap(row => row.arrived).toSorted((a, b) => (a.availableAt < b.availableAt ? 1 : -1))[0];
  return {
    ...{ at: when.at, seq: when.seq, system: place.plan, plan: place.plan, component: place.component },
    checks: rows.map(checkedOf),
    newest: arrived ?? valid?.newest ?? null,
    newestValid: valid?.newest ?? null,
    since: (await firstBackupCheckAt(tx, place)) ?? when.at,
  };
}

function checkedOf(row: BackupCheckRow): Checked {
  return { outcome: row.outcome, codes: row.codes, newest: row.newest?.id ?? null };
}
