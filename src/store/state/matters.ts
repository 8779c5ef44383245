import { randomBytes } from 'node:crypto';
import type { Matter } from '../../escalation/matter.ts';
import type { Tx } from './state.ts';

/** Lets one process at a time change what is open for a client, until the transaction ends. */
export async function lockMatters(tx: Tx, client: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('escalate:' || $1, 0))", [client]);
}

/** `e-20261122-7f3a9c`: unique in the ledger, also in one that outlived its state. */
export function newEscalationId(now: string): string {
  return `e-${now.slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`;
}

/** The matter of this key that is open, else the last one that was: a clock that went back must not hide what is open. */
export async function lastMatter(tx: Tx, key: string): Promise<Matter | undefined> {
  return matterIn(
    await tx.query('select matter from escalation where key = $1 order by resolved_at is null desc, opened_at desc, id desc limit 1', [
      key,
    ]),
  );
}

export async function matterById(tx: Tx, id: string): Promise<Matter | undefined> {
  return matterIn(await tx.query('select matter from escalation where id = $1', [id]));
}

/** Everything that is not resolved, the worst first. */
export async function openMatters(tx: Tx): Promise<readonly Matter[]> {
  return mattersIn(await tx.query('select matter from escalation where resolved_at is null order by severity, opened_at'));
}

/** Those of one condition that are not resolved. */
export async function openOf(tx: Tx, condition: string): Promise<readonly Matter[]> {
  return mattersIn(await tx.query("select matter from escalation where resolved_at is null and matter->>'condition' = $1", [condition]));
}

/** Resolved ones too, the newest first. */
export async function latestMatters(tx: Tx, most: number): Promise<readonly Matter[]> {
  return mattersIn(await tx.query('select matter from escalation order by opened_at desc limit $1', [most]));
}

/** Those for which something is due: a tier, a repeat, the end of an acknowledgement. */
export async function dueMatters(tx: Tx, now: string): Promise<readonly Matter[]> {
  return mattersIn(await tx.query('select matter from escalation where resolved_at is null and next_at <= $1 order by next_at', [now]));
}

/** Keeps the matter as it is now. `nextAt`: when it must be looked at again. */
export async function keepMatter(tx: Tx, matter: Matter, nextAt: string | null): Promise<void> {
  await tx.query(
    `insert into escalation (client, id, key, severity, state, opened_at, resolved_at, next_at, matter)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (client, id) do update set severity = excluded.severity, state = excluded.state, resolved_at = excluded.resolved_at,
       next_at = excluded.next_at, matter = excluded.matter, version = escalation.version + 1`,
    [
      ...[matter.client, matter.id, matter.key, matter.severity, matter.state],
      ...[matter.openedAt, matter.resolvedAt, nextAt, JSON.stringify(matter)],
    ],
  );
}

function matterIn(rows: readonly Readonly<Record<string, unknown>>[]): Matter | undefined {
  return mattersIn(rows)[0];
}

function mattersIn(rows: readonly Readonly<Record<string, unknown>>[]): readonly Matter[] {
  return rows.map(row => row['matter'] as Matter);
}
