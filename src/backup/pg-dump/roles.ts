import type { TargetServer } from '../target.ts';
import { find, identifierAt, matches, nameAt, quoted, type Token } from './sql-statement.ts';

/** What stands where a role can stand and is none that a backup could hold: keywords, and the superuser that every cluster begins with. */
const NO_ROLE = ['public', 'current_user', 'session_user', 'current_role', 'none', 'default', 'postgres'];

/** Roles that this statement refers to, so that it is refused if one is not there. */
export function rolesIn(tokens: readonly Token[]): readonly string[] {
  const found = [...owner(tokens), ...granted(tokens), ...acting(tokens), ...made(tokens)];
  return found.filter(role => !NO_ROLE.includes(role) && !role.startsWith('pg_'));
}

/** `CREATE ROLE x`: the script brings this role itself. */
export function roleMade(tokens: readonly Token[]): string | undefined {
  return matches(tokens, 0, 'create', 'role|user|group') && !matches(tokens, 2, 'mapping') ? identifierAt(tokens, 2) : undefined;
}

/** Makes those of the roles that the server lacks, without any right to log in. Returns how many that were. */
export async function inventRoles(server: TargetServer, roles: ReadonlySet<string>): Promise<number> {
  const rows = await server.sql('select rolname::text as name from pg_roles');
  const there = new Set(rows.map(row => row['name']));
  const missing = [...roles].filter(role => !there.has(role));
  for (const role of missing) await server.sql(`create role ${quoted(role)}`);
  return missing.length;
}

function owner(tokens: readonly Token[]): readonly string[] {
  const at = matches(tokens, 0, 'alter') ? find(tokens, 1, 'owner') : -1;
  return at !== -1 && matches(tokens, at + 1, 'to') ? listAt(tokens, at + 2) : [];
}

/** `GRANT … TO a, b GRANTED BY c`, `REVOKE … FROM a`, and the same within `ALTER DEFAULT PRIVILEGES FOR ROLE d`. */
function granted(tokens: readonly Token[]): readonly string[] {
  const defaults = matches(tokens, 0, 'alter', 'default', 'privileges');
  const start = defaults ? find(tokens, 3, 'grant|revoke') : 0;
  if (start === -1 || !matches(tokens, start, 'grant|revoke')) return [];
  const to = find(tokens, start, matches(tokens, start, 'grant') ? 'to' : 'from');
  const by = find(tokens, start, 'granted');
  const forRole = defaults ? find(tokens, 3, 'role|user') : -1;
  // `GRANT a TO b` gives a role itself; every other one names an object after ON.
  const membership = defaults || find(tokens, start, 'on') !== -1 ? [] : listAt(tokens, start + 1);
  return [
    ...(to === -1 ? [] : listAt(tokens, to + 1)),
    ...(by === -1 ? [] : listAt(tokens, by + 2)),
    ...(forRole === -1 || forRole > start ? [] : listAt(tokens, forRole + 1)),
    ...membership,
  ];
}

/** Whoever acts, or for whom something is set. */
function acting(tokens: readonly Token[]): readonly string[] {
  if (matches(tokens, 0, 'set', 'session', 'authorization')) return literalAt(tokens, 3);
  if (matches(tokens, 0, 'set', 'role')) return literalAt(tokens, 2);
  if (matches(tokens, 0, 'alter', 'role|user')) return listAt(tokens, 2);
  if (matches(tokens, 0, 'create|alter', 'user', 'mapping')) return listAt(tokens, find(tokens, 3, 'for') + 1);
  return [];
}

function made(tokens: readonly Token[]): readonly string[] {
  if (matches(tokens, 0, 'create', 'schema')) {
    const at = find(tokens, 2, 'authorization');
    return at === -1 ? [] : listAt(tokens, at + 1);
  }
  if (!matches(tokens, 0, 'create', 'policy')) return [];
  const on = find(tokens, 2, 'on');
  const table = on === -1 ? undefined : nameAt(tokens, on + 1);
  const to = table === undefined ? -1 : find(tokens, table.next, 'to');
  return to === -1 ? [] : listAt(tokens, to + 1);
}

function listAt(tokens: readonly Token[], at: number): readonly string[] {
  const names: string[] = [];
  for (let next = matches(tokens, at, 'group') ? at + 1 : at; ; next += 2) {
    const name = identifierAt(tokens, next);
    if (name === undefined) return names;
    names.push(name);
    if (!matches(tokens, next + 1, ',')) return names;
  }
}

function literalAt(tokens: readonly Token[], at: number): readonly string[] {
  const token = tokens[at];
  return token === undefined || token.kind === 'mark' ? [] : [token.text];
}
