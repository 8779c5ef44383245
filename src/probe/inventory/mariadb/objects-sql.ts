import { SYSTEM_SCHEMAS } from '../../../system/maria-schemas.ts';
import type { Kind } from '../kinds.ts';

const ofTable = (alias: string): string => `concat(${alias}.table_schema, '.', ${alias}.table_name)`;
const part = (alias: string, name: string): string => `concat(${ofTable(alias)}, '.', ${alias}.${name})`;

/** One question per kind: `name`, `parent` (what takes it along when it goes) and `definition`, a text that is only ever kept as an HMAC. */
export const OBJECTS: Readonly<Partial<Record<Kind, string>>> = {
  schema: `
  select schema_name as name, null as parent, concat_ws('|', default_character_set_name, default_collation_name) as definition
  from information_schema.schemata where schema_name not in ${SYSTEM_SCHEMAS}`,
  table: `
  select ${ofTable('t')} as name, t.table_schema as parent, concat_ws('|', t.engine, t.table_collation, t.create_options) as definition
  from information_schema.tables t where t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and t.table_schema not in ${SYSTEM_SCHEMAS}`,
  column: `
  select ${part('c', 'column_name')} as name, ${ofTable('c')} as parent,
         concat_ws('|', c.column_type, c.is_nullable, c.column_default, c.extra, c.character_set_name, c.collation_name, c.generation_expression) as definition
  from information_schema.columns c where c.table_schema not in ${SYSTEM_SCHEMAS}`,
  constraint: `
  select ${part('k', 'constraint_name')} as name, ${ofTable('k')} as parent,
         concat_ws('|', group_concat(concat(k.column_name, ' ', k.referenced_table_schema, '.', k.referenced_table_name, '.', k.referenced_column_name)
                                     order by k.ordinal_position), max(r.update_rule), max(r.delete_rule)) as definition
  from information_schema.key_column_usage k
  join information_schema.referential_constraints r on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name and r.table_name = k.table_name
  where k.table_schema not in ${SYSTEM_SCHEMAS} and k.referenced_table_name is not null group by k.table_schema, k.table_name, k.constraint_name
  union all
  select concat(constraint_schema, '.', table_name, '.', constraint_name), concat(constraint_schema, '.', table_name), check_clause
  from information_schema.check_constraints where constraint_schema not in ${SYSTEM_SCHEMAS}`,
  index: `
  select ${part('s', 'index_name')} as name, ${ofTable('s')} as parent,
         concat_ws('|', min(s.non_unique), min(s.index_type), group_concat(concat_ws(' ', s.column_name, s.sub_part, s.collation) order by s.seq_in_index)) as definition
  from information_schema.statistics s where s.table_schema not in ${SYSTEM_SCHEMAS} group by s.table_schema, s.table_name, s.index_name`,
  view: `
  select ${ofTable('v')} as name, v.table_schema as parent, concat_ws('|', v.view_definition, v.check_option, v.security_type) as definition
  from information_schema.views v where v.table_schema not in ${SYSTEM_SCHEMAS}`,
  sequence: `
  select ${ofTable('t')} as name, t.table_schema as parent, '' as definition
  from information_schema.tables t where t.table_type = 'SEQUENCE' and t.table_schema not in ${SYSTEM_SCHEMAS}`,
  function: routines('FUNCTION'),
  procedure: routines('PROCEDURE'),
  trigger: `
  select concat(g.trigger_schema, '.', g.trigger_name) as name, concat(g.event_object_schema, '.', g.event_object_table) as parent,
         concat_ws('|', g.action_timing, g.event_manipulation, g.action_statement, g.sql_mode) as definition
  from information_schema.triggers g where g.trigger_schema not in ${SYSTEM_SCHEMAS}`,
  event: `
  select concat(e.event_schema, '.', e.event_name) as name, e.event_schema as parent,
         concat_ws('|', e.event_definition, e.event_type, e.interval_value, e.interval_field, e.sql_mode) as definition
  from information_schema.events e where e.event_schema not in ${SYSTEM_SCHEMAS}`,
};

function routines(type: 'FUNCTION' | 'PROCEDURE'): string {
  return `
  select concat(r.routine_schema, '.', r.routine_name) as name, r.routine_schema as parent,
         concat_ws('|', r.routine_definition, r.dtd_identifier, r.security_type, r.sql_mode) as definition
  from information_schema.routines r where r.routine_type = '${type}' and r.routine_schema not in ${SYSTEM_SCHEMAS}`;
}

/** Everything that runs as an account: kind, name, account, and whether it does so whoever uses it. */
export const DEFINED = `
  select 'view' as kind, concat(table_schema, '.', table_name) as name, definer, security_type = 'DEFINER' as runs_as
  from information_schema.views where table_schema not in ${SYSTEM_SCHEMAS}
  union all select lower(routine_type), concat(routine_schema, '.', routine_name), definer, security_type = 'DEFINER'
  from information_schema.routines where routine_schema not in ${SYSTEM_SCHEMAS}
  union all select 'trigger', concat(trigger_schema, '.', trigger_name), definer, true
  from information_schema.triggers where trigger_schema not in ${SYSTEM_SCHEMAS}
  union all select 'event', concat(event_schema, '.', event_name), definer, true
  from information_schema.events where event_schema not in ${SYSTEM_SCHEMAS}`;

/** Accounts and roles; a role has no host. */
export const ACCOUNTS = `select concat(user, '@', host) as account, user as name from mysql.global_priv`;

/** Who may do what, where. */
export const GRANTS = `
  select 'server *' as object, grantee, group_concat(privilege_type order by privilege_type) as privileges
  from information_schema.user_privileges where privilege_type <> 'USAGE' group by grantee
  union all select concat('server ', table_schema), grantee, group_concat(privilege_type order by privilege_type)
  from information_schema.schema_privileges group by table_schema, grantee
  union all select concat('server ', table_schema, '.', table_name), grantee, group_concat(privilege_type order by privilege_type)
  from information_schema.table_privileges group by table_schema, table_name, grantee`;

export const TABLES = `
  select table_schema as "schema", table_name as name, engine from information_schema.tables
  where table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and table_schema not in ${SYSTEM_SCHEMAS} order by 1, 2`;

/** Columns whose values can be spoiled without any error: characters of four bytes, and moments. */
export const TELLING = `
  select table_schema as "schema", table_name as "table", column_name as name, data_type = 'timestamp' as moment
  from information_schema.columns
  where table_schema not in ${SYSTEM_SCHEMAS} and (data_type = 'timestamp' or character_set_name = 'utf8mb4' and data_type in ('varchar', 'char', 'text', 'mediumtext', 'longtext', 'tinytext'))
  order by 1, 2, 3`;
