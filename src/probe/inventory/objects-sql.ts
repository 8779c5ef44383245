import type { Kind } from './kinds.ts';

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** What an extension brought is counted as that extension. */
function unlessBrought(catalog: string, oid: string): string {
  return `not exists (select from pg_depend dep where dep.classid = '${catalog}'::regclass and dep.objid = ${oid} and dep.deptype = 'e')`;
}

function relations(kinds: string, definition: string): string {
  return `
  select n.nspname || '.' || c.relname as name, n.nspname as parent, ${definition} as definition
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in (${kinds}) and c.relpersistence <> 't' and ${OURS} and ${unlessBrought('pg_class', 'c.oid')}`;
}

function ofTables(columns: string, from: string): string {
  return `
  select n.nspname || '.' || t.relname || '.' || ${columns.replace('|', `as name, n.nspname || '.' || t.relname as parent,`)} as definition
  from ${from} join pg_namespace n on n.oid = t.relnamespace
  where t.relkind in ('r', 'p', 'f', 'm', 'v') and t.relpersistence <> 't' and ${OURS} and ${unlessBrought('pg_class', 't.oid')}`;
}

/**
 * One question per kind: `name`, `parent` (what takes it along when it goes) and `definition`, a text that is only ever kept as an HMAC.
 * The same on PostgreSQL 12 to 18: later columns are read through JSON. Names that the server makes up anew in each restore are left out.
 */
export const OBJECTS: Readonly<Partial<Record<Kind, string>>> = {
  schema: `select n.nspname as name, null as parent, '' as definition from pg_namespace n where ${OURS} and ${unlessBrought('pg_namespace', 'n.oid')}`,
  extension: `select extname as name, null as parent, extversion as definition from pg_extension`,
  table: relations(
    `'r', 'p', 'f'`,
    `concat_ws('|', c.relkind, c.relpersistence, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
               case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end, pg_get_expr(c.relpartbound, c.oid))`,
  ),
  column: `${ofTables(
    `a.attname | concat_ws('|', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, (select k.collname from pg_collation k where k.oid = a.attcollation),
               pg_get_expr(d.adbin, d.adrelid))`,
    `pg_attribute a join pg_class t on t.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`,
  )} and a.attnum > 0 and not a.attisdropped`,
  constraint: `${ofTables(
    `c.conname | concat_ws('|', pg_get_constraintdef(c.oid), c.convalidated)`,
    `pg_constraint c join pg_class t on t.oid = c.conrelid`,
  )} and c.contype in ('c', 'p', 'u', 'f', 'x') and not (c.contype = 'f' and c.conparentid <> 0)`,
  index: `${ofTables(
    `x.relname | concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready, i.indisreplident, i.indisclustered)`,
    `pg_index i join pg_class t on t.oid = i.indrelid join pg_class x on x.oid = i.indexrelid`,
  )} and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
     and not exists (select from pg_inherits h where h.inhrelid = i.indexrelid)`,
  view: relations(`'v'`, `pg_get_viewdef(c.oid)`),
  'materialised view': relations(`'m'`, `pg_get_viewdef(c.oid)`),
  sequence: `
  select n.nspname || '.' || c.relname as name,
         coalesce((select tn.nspname || '.' || t.relname from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
                   where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') limit 1),
                  n.nspname) as parent,
         concat_ws('|', q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle) as definition
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence q on q.seqrelid = c.oid
  where c.relpersistence <> 't' and ${OURS} and ${unlessBrought('pg_class', 'c.oid')}`,
  function: `
  select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name, n.nspname as parent,
         case when p.prokind = 'a' then '' else pg_get_functiondef(p.oid) end as definition
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${unlessBrought('pg_proc', 'p.oid')}`,
  trigger: `${ofTables(`g.tgname | concat_ws('|', pg_get_triggerdef(g.oid), g.tgenabled)`, `pg_trigger g join pg_class t on t.oid = g.tgrelid`)} and not g.tgisinternal`,
  'event trigger': `select e.evtname as name, null as parent, concat_ws('|', e.evtevent, e.evtenabled, e.evttags, e.evtfoid::regprocedure) as definition
  from pg_event_trigger e where ${unlessBrought('pg_event_trigger', 'e.oid')}`,
  policy: ofTables(
    `p.polname | concat_ws('|', p.polcmd, p.polpermissive, cardinality(p.polroles), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))`,
    `pg_policy p join pg_class t on t.oid = p.polrelid`,
  ),
  rule: `${ofTables(`r.rulename | concat_ws('|', pg_get_ruledef(r.oid), r.ev_enabled)`, `pg_rewrite r join pg_class t on t.oid = r.ev_class`)} and r.rulename <> '_RETURN'`,
  type: `
  select n.nspname || '.' || y.typname as name, n.nspname as parent,
         concat_ws('|', y.typtype, y.typnotnull, y.typdefault, case when y.typtype = 'd' then format_type(y.typbasetype, y.typtypmod) end,
           (select string_agg(pg_get_constraintdef(k.oid), ';' order by k.conname) from pg_constraint k where k.contypid = y.oid and k.contype = 'c'),
           (select string_agg(e.enumlabel, ';' order by e.enumsortorder) from pg_enum e where e.enumtypid = y.oid),
           (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ';' order by a.attnum)
            from pg_attribute a where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped)) as definition
  from pg_type y join pg_namespace n on n.oid = y.typnamespace left join pg_class c on c.oid = y.typrelid
  where ${OURS} and (y.typtype in ('d', 'e', 'r', 'm') or (y.typtype = 'c' and c.relkind = 'c') or (y.typtype = 'b' and y.typelem = 0))
    and ${unlessBrought('pg_type', 'y.oid')}`,
  collation: `
  select n.nspname || '.' || c.collname as name, n.nspname as parent,
         concat_ws('|', c.collprovider, c.collisdeterministic, c.collencoding, c.collcollate, to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale') as definition
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace where ${OURS} and ${unlessBrought('pg_collation', 'c.oid')}`,
  statistics: `select n.nspname || '.' || s.stxname as name, t.relnamespace::regnamespace::text || '.' || t.relname as parent, pg_get_statisticsobjdef(s.oid) as definition
  from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace join pg_class t on t.oid = s.stxrelid where ${OURS}`,
  operator: `select n.nspname || '.' || o.oprname || '(' || o.oprleft::regtype || ',' || o.oprright::regtype || ')' as name, n.nspname as parent, o.oprcode::regprocedure::text as definition
  from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where ${OURS} and o.oprcode <> 0 and ${unlessBrought('pg_operator', 'o.oid')}`,
  'text search configuration': `select n.nspname || '.' || c.cfgname as name, n.nspname as parent, '' as definition
  from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where ${OURS} and ${unlessBrought('pg_ts_config', 'c.oid')}`,
  'foreign server': `select s.srvname as name, null as parent, s.srvtype as definition from pg_foreign_server s where ${unlessBrought('pg_foreign_server', 's.oid')}`,
  publication: `select p.pubname as name, null as parent, concat_ws('|', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete) as definition from pg_publication p`,
};
