import type { RunningService, SqlOptions } from '../service.ts';
import { askAt, type SocketAt } from './ask.ts';

const QUESTION_MS = 30 * 60_000;
/** The server should end a question itself; if it does not, we leave. */
const GRACE_MS = 2_000;
const ROWS = 100_000;

/**
 * Every transaction of a reading session is one that may only read: a statement that ends its transaction unasked, as definitions do, is then
 * refused as well.
 */
export function sessionsAt(at: SocketAt, database: string | undefined): RunningService['sql'] {
  return (text, options = {}) => inSession({ at, database }, text, options);
}

interface Where {
  readonly at: SocketAt;
  readonly database: string | undefined;
}

function inSession({ at, database }: Where, text: string, options: SqlOptions): ReturnType<RunningService['sql']> {
  const { values = [], timeLimitMs = QUESTION_MS, write = false, stop, rows = ROWS, settings = {}, types } = options;
  const session = { ...settings, max_statement_time: String(timeLimitMs / 1_000), ...(write ? {} : { tx_read_only: '1' }) };
  return askAt(at, {
    ...{ text, values, rows, timeLimitMs: timeLimitMs + GRACE_MS },
    ...(database === undefined ? {} : { database }),
    ...(stop === undefined ? {} : { stop }),
    ...(types === undefined ? {} : { types }),
    before: [{ text: settingsOf(session) }],
  });
}

/** In one statement and as text: the server takes no prepared values for settings that count. */
function settingsOf(settings: Readonly<Record<string, string>>): string {
  const each = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z_]+$/.test(name) || !/^[\w,:.+-]*$/.test(value)) throw new Error('no setting of a session');
    return `${name} = ${/^\d+(?:\.\d+)?$/.test(value) ? value : `'${value}'`}`;
  });
  return `set session ${each.join(', ')}`;
}
