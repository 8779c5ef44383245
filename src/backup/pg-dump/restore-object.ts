import { find, identifierAt, matches, nameAt, type Token } from './sql-statement.ts';

const KINDS =
  'table|view|index|function|procedure|aggregate|type|domain|sequence|schema|extension|collation|conversion|publication|subscription|statistics|server|language|operator';

/** Name of the schema object that a statement is about; `null` if it is none, or the name is one that must not be recorded (a role's). */
export function objectOf(tokens: readonly Token[]): string | null {
  if (matches(tokens, 0, 'copy')) return nameAt(tokens, 1)?.name ?? null;
  if (matches(tokens, 0, 'insert', 'into')) return nameAt(tokens, 2)?.name ?? null;
  if (matches(tokens, 0, 'grant|revoke')) return afterOn(tokens);
  if (!matches(tokens, 0, 'create|alter|drop|comment|refresh')) return null;
  if (matches(tokens, 1, 'role|user|group|database|tablespace|default')) return null;
  if (matches(tokens, 1, 'policy|rule') || find(tokens, 1, 'trigger') !== -1) return onTable(tokens);
  const kind = find(tokens, 1, KINDS);
  return kind === -1 ? null : named(tokens, kind + 1);
}

function named(tokens: readonly Token[], at: number): string | null {
  let next = at;
  if (matches(tokens, next, 'concurrently')) next += 1;
  if (matches(tokens, next, 'if', 'not', 'exists')) next += 3;
  if (matches(tokens, next, 'if', 'exists')) next += 2;
  if (matches(tokens, next, 'only')) next += 1;
  const target = nameAt(tokens, next);
  if (target === undefined) return null;
  const constraint = find(tokens, target.next, 'constraint');
  const name = constraint === -1 || !matches(tokens, constraint - 1, 'add') ? undefined : identifierAt(tokens, constraint + 1);
  return name === undefined ? target.name : `${target.name}.${name}`;
}

/** `GRANT … ON [kind] name`; without ON it gives a role to a role. */
function afterOn(tokens: readonly Token[]): string | null {
  const on = find(tokens, 1, 'on');
  if (on === -1 || matches(tokens, on + 1, 'database|tablespace|parameter')) return null;
  return nameAt(tokens, matches(tokens, on + 1, KINDS) ? on + 2 : on + 1)?.name ?? null;
}

function onTable(tokens: readonly Token[]): string | null {
  const on = find(tokens, 2, 'on');
  return on === -1 ? null : named(tokens, on + 1);
}
