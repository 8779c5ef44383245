import { BEHAVIOUR, KEYS } from './clinic/behaviour.ts';
import { copyOf, scans } from './clinic/rows.ts';
import { sizesFor, TABLE_NAMES, type TableName } from './clinic/sizes.ts';
import { ROLES, TABLES, TYPES } from './clinic/tables.ts';

export interface ClinicRequest {
  /** In all tables together; default 100,000. */
  readonly rows?: number;
  /** ISO. The heartbeat's moment, and the moment before which everything in this clinic happened. */
  readonly heartbeatAt: string;
}

/**
 * The database of a small clinic that does not exist, as a script for psql (superuser, an empty database). The same request gives the
 * same bytes. It has what real systems have and dumps stumble over: partitions, generated and identity columns, domains, enums,
 * composite types, collations, large objects, policies, grants, triggers, rules, extensions and a materialized view.
 */
export function* clinicSql(request: ClinicRequest): Generator<string> {
  const sizes = sizesFor(request.rows ?? 100_000);
  const untilMs = Date.parse(request.heartbeatAt);
  yield "set client_min_messages = warning; set timezone = 'UTC'; set synchronous_commit = off; begin;\n";
  yield ROLES;
  yield TYPES;
  yield TABLES;
  yield* auditMonths(untilMs);
  for (const table of TABLE_NAMES) yield* copyOf(table, sizes, untilMs);
  yield* scans();
  for (const table of TABLE_NAMES) yield nextNumber(table);
  yield `select setval('clinic.record_number_seq', ${sizes.patient});\n`;
  yield KEYS;
  yield BEHAVIOUR;
  yield `insert into public.resurgam_heartbeat (at) values ('${request.heartbeatAt}');\n`;
  yield 'analyze; commit;\n';
}

/** One partition for each of the thirteen months that the log may touch, and one for everything else. */
function* auditMonths(untilMs: number): Generator<string> {
  const until = new Date(untilMs);
  for (let back = 12; back >= 0; back--) {
    const [from, to] = [back, back - 1].map(months =>
      new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth() - months, 1)).toISOString(),
    );
    const name = `audit_log_${from?.slice(0, 7).replace('-', '_')}`;
    yield `create table clinic.${name} partition of clinic.audit_log for values from ('${from}') to ('${to}');\n`;
  }
  yield 'create table clinic.audit_log_other partition of clinic.audit_log default;\n';
}

/** Sequences stand where the rows end, as in a database that made its rows itself. */
function nextNumber(table: TableName): string {
  if (table === 'lab_result' || table === 'document') return '';
  return `select setval(pg_get_serial_sequence('clinic.${table}', 'id'), (select max(id) from clinic.${table}));\n`;
}
