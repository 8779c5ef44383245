import type { LimitHit } from '../../backup/target.ts';
import { ServiceError, type ServiceErrorCode } from '../service.ts';
import type { SqliteAnswer } from './program.ts';

/**
 * Words of SQLite itself, at the beginning of what it says, as the SQLSTATE of the same meaning. What stands behind them quotes the question
 * or rows, and is never kept.
 */
const SAYS: readonly (readonly [RegExp, string])[] = [
  [/^(?:database disk image is malformed|malformed database schema|file is not a database|unsupported file format)/, 'XX001'],
  [/^no such (?:table|view|index)/, '42P01'],
  [/^no such column/, '42703'],
  [/^(?:no such function|unsafe use of)/, '42883'],
  [/^(?:attempt to write a readonly database|cannot (?:run|use|open) .* in safe mode)/, '25006'],
  [/^(?:near |incomplete input|unrecognized token|wrong number of arguments|table \w+ has \d+ values|sub-select returns)/, '42601'],
  [/^disk I\/O error/, '58030'],
  [/^out of memory/, '53200'],
  [/^database or disk is full/, '53100'],
  [/^no such (?:module|collation sequence)/, '55000'],
];

const BY_LIMIT: Readonly<Partial<Record<LimitHit, ServiceErrorCode>>> = { memory: 'out-of-memory', disk: 'disk-full' };

/** What came of a question as an error; undefined if it was answered. */
export function refusalOf({ result, tooMuch }: SqliteAnswer, limit: LimitHit | undefined): ServiceError | undefined {
  if (tooMuch || (result.exitCode === 0 && result.stderr === '')) return undefined;
  const hint = 'Look up what SQLite says in the tool log of the drill.';
  const refused = (code: ServiceErrorCode, how: string, sqlState: string | null = null): ServiceError =>
    new ServiceError(code, `the restored database gave no answer (${how})`, { hint, sqlState });
  if (result.stopped) return refused('stopped', 'stopped');
  if (result.timedOut) return refused('query-timeout', 'it took too long');
  const hit = limit === undefined ? undefined : BY_LIMIT[limit];
  if (hit !== undefined) return refused(hit, 'a limit of the sandbox');
  if (result.exitCode === undefined || result.exitCode > 1) return refused('died', `${result.exitCode ?? result.signal ?? 'no exit code'}`);
  const state = stateOf(result.stderr);
  return refused('query-failed', state, state);
}

/** By its first line; 42000 is an error that is none of these. */
export function stateOf(said: string): string {
  const [line = ''] = said.split('\n');
  const words = line.replace(/^(?:(?:Parse|Runtime) error(?: near line \d+)?|line \d+): /, '');
  return SAYS.find(([pattern]) => pattern.test(words))?.[1] ?? '42000';
}
