import { ServiceError } from '../service/service.ts';

/**
 * What it means that a question got no answer:
 * `damaged`: what is stored cannot be read · `absent`: something that was asked for is not there · `malformed`: the question itself is
 * wrong · `unable`: the server could not just now (limit, stop, death) · `refused`: the system answered with an error of its own.
 */
export type Meaning = 'damaged' | 'absent' | 'malformed' | 'unable' | 'refused';

export interface Refusal {
  readonly meaning: Meaning;
  /** SQLSTATE or our own error code: never a message, that may quote rows. */
  readonly observed: string;
  /** Nothing more can be asked. */
  readonly final: boolean;
}

const ABSENT = new Set(['42P01', '42703', '42883', '42704', '3F000', '3D000']);
// 25006: a plan's question tries to write. 42P02: a parameter without value.
const MALFORMED = new Set(['42601', '42P02', '25006', '0A000']);
/** Classes: damage of storage; no room, no connection, cancelled, conflict, too complex, not in a state to answer. */
const DAMAGED = ['XX', '58'];
const UNABLE = ['53', '57', '08', '40', '54', '55', '25'];

/** The same for MariaDB, whose SQLSTATEs say little. */
const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  // No such table, column, schema, routine.
  ...[1146, 1054, 1049, 1305, 1109].map(number => [number, 'absent'] as const),
  // Not SQL; writes where only reading is allowed; wrong parameters.
  ...[1064, 1792, 1210, 1243].map(number => [number, 'malformed'] as const),
  // The storage engine cannot read: files gone or wrong, indexes marked as corrupted, tables marked as crashed.
  ...[1016, 1017, 1030, 1032, 1033, 1034, 1035, 1105, 1194, 1195, 1712, 1812, 1815, 1877, 1932, 4047].map(
    number => [number, 'damaged'] as const,
  ),
  // No room, no connection, locked, being ended.
  ...[1040, 1044, 1045, 1114, 1135, 1205, 1213, 1317, 1698].map(number => [number, 'unable'] as const),
]);

/** What a rejected question means. Anything but a ServiceError is a defect and is thrown on. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ServiceError)) throw error;
  if (error.code !== 'query-failed') return { meaning: 'unable', observed: error.code, final: error.code !== 'query-timeout' };
  if (error.number !== null) return { meaning: BY_NUMBER.get(error.number) ?? 'refused', observed: `error ${error.number}`, final: false };
  const state = error.sqlState;
  if (state === null) return { meaning: 'unable', observed: error.code, final: false };
  return { meaning: meaningOf(state), observed: state, final: false };
}

function meaningOf(state: string): Meaning {
  const kind = state.slice(0, 2);
  if (ABSENT.has(state)) return 'absent';
  if (MALFORMED.has(state)) return 'malformed';
  if (DAMAGED.includes(kind)) return 'damaged';
  if (UNABLE.includes(kind)) return 'unable';
  return 'refused';
}
