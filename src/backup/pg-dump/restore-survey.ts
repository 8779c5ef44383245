import { extensionMade } from './extensions.ts';
import { roleMade, rolesIn } from './roles.ts';
import { copyReachesOut, find, identifierAt, matches, type Token } from './sql-statement.ts';

/** Statements in which nothing is looked for: most of them are rows. */
const PLAIN = ['INSERT', 'SELECT', 'UPDATE', 'BEGIN', 'COMMIT'];

export function isOfInterest(words: readonly string[]): boolean {
  return !PLAIN.includes(words[0] ?? '');
}

/** What a script, or the definitions of an archive, refers to. */
export class Survey {
  readonly roles = new Set<string>();
  /** Roles that the script makes itself. */
  readonly rolesMade = new Set<string>();
  readonly extensions = new Set<string>();
  readonly tablespaces = new Set<string>();
  tables = 0;
  owners = 0;
  reachesOut = false;
  /** It drops or makes a database by name. */
  replacesDatabase = false;

  look(tokens: readonly Token[]): void {
    for (const role of rolesIn(tokens)) this.roles.add(role);
    const role = roleMade(tokens);
    if (role !== undefined) this.rolesMade.add(role);
    const extension = extensionMade(tokens);
    if (extension !== undefined) this.extensions.add(extension);
    const tablespace = tablespaceIn(tokens);
    if (tablespace !== undefined) this.tablespaces.add(tablespace);
    if (matches(tokens, 0, 'create') && find(tokens, 1, 'table') !== -1 && !matches(tokens, 1, 'event')) this.tables += 1;
    if (matches(tokens, 0, 'alter') && find(tokens, 1, 'owner') !== -1) this.owners += 1;
    if (copyReachesOut(tokens)) this.reachesOut = true;
    if (matches(tokens, 0, 'create|drop', 'database')) this.replacesDatabase = true;
  }
}

/** Tablespaces are places on another machine's disks; here there is one place. */
export function tablespaceIn(tokens: readonly Token[]): string | undefined {
  if (matches(tokens, 0, 'create|alter|drop', 'tablespace')) return identifierAt(tokens, 2);
  if (!matches(tokens, 0, 'set', 'default_tablespace')) return undefined;
  const value = tokens[3]?.text ?? '';
  return value === '' || value === 'default' ? undefined : value;
}

/** `… DATABASE <name> …`: place of the name in statements about a database as a whole. */
export function databaseNamed(tokens: readonly Token[]): Token | undefined {
  if (!matches(tokens, 0, 'alter|create|drop|grant|revoke|comment')) return undefined;
  const at = find(tokens, 1, 'database');
  if (at === -1) return undefined;
  const named = matches(tokens, at + 1, 'if', 'exists') ? tokens[at + 3] : tokens[at + 1];
  return named?.kind === 'word' || named?.kind === 'name' ? named : undefined;
}
