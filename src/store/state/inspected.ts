import type { RecoveryPoint } from '../../backup/backup.ts';
import type { Finding } from '../../finding/finding.ts';
import type { CheckPlace } from './backup-checks.ts';
import type { Tx } from './state.ts';

/** A look at one point's bytes that came to an answer. */
export interface Inspection {
  readonly point: Pick<RecoveryPoint, 'id' | 'availableAt' | 'bytes'>;
  readonly findings: readonly Finding[];
  readonly at: string;
  /** Ids of all points that are in the store: what is no longer there is forgotten. */
  readonly present: readonly string[];
}

/** What was found of these points, by id. A point whose date or size is another one is another point under the same name. */
export async function inspectedPoints(
  tx: Tx,
  place: CheckPlace,
  points: readonly Inspection['point'][],
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const rows = await tx.query(
    'select point, available_at, bytes, findings from inspected where client = $1 and plan = $2 and component = $3',
    [...[place.client, place.plan, place.component]],
  );
  const kept = new Map(rows.map(row => [`${row.point as string} ${row.available_at as string} ${row.bytes as number}`, row.findings]));
  return new Map(
    points.flatMap(({ id, availableAt, bytes }) => {
      const findings = kept.get(`${id} ${new Date(availableAt).toISOString()} ${bytes}`);
      return findings === undefined ? [] : [[id, findings as readonly Finding[]] as const];
    }),
  );
}

/** Keeps what was found of a point and forgets points that are gone. */
export async function keepInspected(tx: Tx, place: CheckPlace, { point, findings, at, present }: Inspection): Promise<void> {
  const of = [place.client, place.plan, place.component];
  await tx.query(
    `insert into inspected (client, plan, component, point, available_at, bytes, findings, at) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (client, plan, component, point) do update
       set available_at = excluded.available_at, bytes = excluded.bytes, findings = excluded.findings, at = excluded.at`,
    [...of, point.id, point.availableAt, point.bytes, JSON.stringify(findings), at],
  );
  await tx.query('delete from inspected where client = $1 and plan = $2 and component = $3 and point <> all ($4)', [...of, present]);
}
