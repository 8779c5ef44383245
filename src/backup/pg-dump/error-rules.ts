import type { RefusedStatement } from '../target.ts';
import { find, matches, tokensOf, type Token } from './sql-statement.ts';

/**
 * What a refused statement means. `harmless`: it changes nothing in an empty database. The next ones lie in this machine and not in the
 * backup, so that what follows from them cannot be told apart from real errors. `unexplained`: the backup does not restore.
 */
export type Meaning =
  | 'harmless'
  | 'extension-missing'
  | 'library-missing'
  | 'collation-missing'
  | 'disk-full'
  | 'out-of-memory'
  | 'server-ended'
  | 'client-left'
  | 'unexplained';

export interface ErrorRule {
  readonly name: string;
  /** SQLSTATEs, or classes of them (two characters). */
  readonly states: readonly string[];
  /** Without it any statement. */
  readonly statement?: (tokens: readonly Token[]) => boolean;
  readonly meaning: Meaning;
}

/** Settings that a newer pg_dump writes at the top of a script; older servers do not know them, and none of them concerns the data. */
const PREAMBLE =
  'transaction_timeout|idle_in_transaction_session_timeout|idle_session_timeout|default_table_access_method|default_with_oids|row_security|xmloption|lock_timeout|statement_timeout';
const ABSENT = ['42P01', '42704', '42883', '42703', '3F000', '3D000'];

/** The first rule that fits decides. Nothing here looks at a message: those are in the server's language, and quote rows. */
export const ERROR_RULES: readonly ErrorRule[] = [
  { name: 'disk-full', states: ['53100'], meaning: 'disk-full' },
  { name: 'out-of-memory', states: ['53200'], meaning: 'out-of-memory' },
  { name: 'server-ended', states: ['57P01', '57P02', '57P03'], meaning: 'server-ended' },
  // With several jobs pg_restore cancels what its other workers do before it leaves.
  { name: 'client-left', states: ['08', '57014'], meaning: 'client-left' },
  {
    name: 'public-schema-exists',
    states: ['42P06'],
    statement: tokens => matches(tokens, 0, 'create', 'schema') && tokens[2]?.text === 'public',
    meaning: 'harmless',
  },
  {
    name: 'language-exists',
    states: ['42710'],
    statement: tokens => matches(tokens, 0, 'create') && find(tokens, 1, 'language|extension') !== -1 && tokens.some(isPlpgsql),
    meaning: 'harmless',
  },
  { name: 'role-exists', states: ['42710'], statement: tokens => matches(tokens, 0, 'create', 'role|user|group'), meaning: 'harmless' },
  {
    name: 'setting-of-newer-dump',
    states: ['42704', '22023'],
    statement: tokens => matches(tokens, 0, 'set', PREAMBLE),
    meaning: 'harmless',
  },
  {
    name: 'tablespace-not-here',
    states: ['42704', '22023'],
    statement: tokens => matches(tokens, 0, 'set', 'default_tablespace') || matches(tokens, 0, 'create|alter|drop|comment', 'tablespace'),
    meaning: 'harmless',
  },
  { name: 'drop-of-absent', states: ABSENT, statement: drops, meaning: 'harmless' },
  {
    name: 'drop-of-public-schema',
    states: ['2BP01'],
    statement: tokens => matches(tokens, 0, 'drop', 'schema', 'public') || matches(tokens, 0, 'drop', 'schema', 'if', 'exists', 'public'),
    meaning: 'harmless',
  },
  {
    name: 'extension-not-available',
    states: ['0A000', '58P01', '58000', '55000', 'XX000', 'F0000'],
    statement: tokens => matches(tokens, 0, 'create', 'extension'),
    meaning: 'extension-missing',
  },
  {
    name: 'extension-not-made',
    states: ['42704'],
    statement: tokens => matches(tokens, 0, 'comment', 'on', 'extension') || matches(tokens, 0, 'alter', 'extension'),
    meaning: 'extension-missing',
  },
  { name: 'library-not-found', states: ['58P01'], statement: makesFunction, meaning: 'library-missing' },
  {
    name: 'collation-not-made',
    states: ['22023', '42704', '0A000'],
    statement: tokens => matches(tokens, 0, 'create', 'collation'),
    meaning: 'collation-missing',
  },
  { name: 'collation-not-found', states: ['42704'], statement: tokens => tokens.some(isCollate), meaning: 'collation-missing' },
];

export interface JudgedError extends RefusedStatement {
  readonly meaning: Meaning;
  /** Name of the rule; `undefined` for what no rule explains. */
  readonly rule: string | undefined;
  readonly tokens: readonly Token[];
}

/** By the table above: SQLSTATE first, then what kind of statement it was. */
export function judge(refused: RefusedStatement): JudgedError {
  const tokens = tokensOf(refused.statement);
  const rule = ERROR_RULES.find(
    ({ states, statement }) => states.some(state => refused.sqlState.startsWith(state)) && (statement === undefined || statement(tokens)),
  );
  return { ...refused, tokens, rule: rule?.name, meaning: rule?.meaning ?? 'unexplained' };
}

/** `--clean` without `--if-exists`: there is nothing to drop in an empty database. */
function drops(tokens: readonly Token[]): boolean {
  return matches(tokens, 0, 'drop') || (matches(tokens, 0, 'alter') && find(tokens, 1, 'drop') !== -1);
}

function makesFunction(tokens: readonly Token[]): boolean {
  return matches(tokens, 0, 'create') && find(tokens, 1, 'function') !== -1;
}

function isPlpgsql(token: Token): boolean {
  return token.text === 'plpgsql';
}

function isCollate(token: Token): boolean {
  return token.kind === 'word' && token.text === 'collate';
}
