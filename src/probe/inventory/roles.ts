import { textIn } from '../asker.ts';
import type { Collecting } from './collect.ts';

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Everything that has an owner and a list of grants: kind, name, owner, list. */
const OWNED = `
  select 'relation' as kind, n.nspname || '.' || c.relname as name, c.relowner as owner, c.relacl as acl
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and ${OURS}
  union all select 'column', n.nspname || '.' || c.relname || '.' || a.attname, c.relowner, a.attacl
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where a.attacl is not null and a.attnum > 0 and ${OURS}
  union all select 'schema', n.nspname, n.nspowner, n.nspacl from pg_namespace n where ${OURS}
  union all select 'function', n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner, p.proacl
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS}
  union all select 'type', n.nspname || '.' || y.typname, y.typowner, y.typacl
  from pg_type y join pg_namespace n on n.oid = y.typnamespace where y.typtype in ('d', 'e', 'r') and ${OURS}
  union all select 'default', coalesce(n.nspname, '') || ' ' || d.defaclobjtype::text, d.defaclrole, d.defaclacl
  from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace`;

const OWNERS = `
  select o.kind, o.name, r.rolname as role from (${OWNED}) o join pg_roles r on r.oid = o.owner where o.kind not in ('column', 'default')`;

const GRANTS = `
  select o.kind, o.name, coalesce(r.rolname, '') as role, string_agg(a.privilege_type, ',' order by a.privilege_type) as privileges
  from (${OWNED}) o cross join lateral aclexplode(o.acl) a left join pg_roles r on r.oid = a.grantee
  where a.grantee <> o.owner group by 1, 2, 3`;

const SETTINGS = `
  select coalesce(r.rolname, '') as role, s.setdatabase <> 0 as here, unnest(s.setconfig) as setting
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
  where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))`;

/** Object → token of the role that owns it. */
export async function collectOwners({ asker, token }: Collecting): Promise<Record<string, string>> {
  const rows = await asker.rows(OWNERS);
  return Object.fromEntries(rows.map(row => [`${textIn(row, 'kind')} ${textIn(row, 'name')}`, token(`role ${textIn(row, 'role')}`)]));
}

/** Object → token of the role → its privileges. */
export async function collectGrants({ asker, token }: Collecting): Promise<Record<string, Record<string, string>>> {
  const grants: Record<string, Record<string, string>> = {};
  for (const row of await asker.rows(GRANTS)) {
    const object = `${textIn(row, 'kind')} ${textIn(row, 'name')}`;
    grants[object] = { ...grants[object], [token(`role ${textIn(row, 'role')}`)]: textIn(row, 'privileges') };
  }
  return grants;
}

/** One token per setting of this database or of a role: for whom, and which; not its value, which may be a secret. */
export async function collectSettings({ asker, token }: Collecting): Promise<string[]> {
  const rows = await asker.rows(SETTINGS);
  return rows
    .map(row => token(`setting ${textIn(row, 'role')} ${String(row['here'])} ${textIn(row, 'setting').split('=')[0] ?? ''}`))
    .sort();
}
