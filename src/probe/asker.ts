import type { RunningService } from '../service/service.ts';
import { refusalOf, type Refusal } from './refusal.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Reading everything may take as long as the drill itself may; the drill's own limit ends it. */
const LONGEST_MS = 12 * 3_600_000;
const MOST_ROWS = 5_000_000;

/**
 * What our own questions run under. Nothing of the backup's schemas comes before pg_catalog, so that no function or operator of it is
 * called by accident of its name; row security does not hide rows; times print the same everywhere.
 */
const PINNED: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog, pg_temp',
  row_security: 'off',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
};

/** Asks the restored system our own questions, never those of a plan. */
export interface Reader {
  rows(
    text: string,
    rest?: { readonly values?: readonly unknown[]; readonly settings?: Readonly<Record<string, string>> },
  ): Promise<readonly Row[]>;
}

/** The same of a server. */
export interface Asker extends Reader {
  /** In a transaction that may write, for what a reading one refuses. Triggers of the backup stay silent. */
  write(text: string): Promise<void>;
}

export function askerOf(service: RunningService, stop: AbortSignal): Asker {
  return {
    rows: (text, rest = {}) => {
      const settings = { ...PINNED, ...rest.settings };
      return service.sql(text, { values: rest.values ?? [], settings, stop, timeLimitMs: LONGEST_MS, rows: MOST_ROWS });
    },
    write: async text => {
      const settings = { ...PINNED, session_replication_role: 'replica' };
      await service.sql(text, { write: true, settings, stop, timeLimitMs: LONGEST_MS });
    },
  };
}

/** The same for MariaDB: names in double quotes, texts as they stand, times in UTC. */
const PINNED_MARIADB: Readonly<Record<string, string>> = {
  sql_mode: 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
  time_zone: '+00:00',
  lock_wait_timeout: '60',
};

/** Asks a restored MariaDB. What is examined there needs no writing. */
export function mariadbAskerOf(service: RunningService, stop: AbortSignal): Asker {
  return {
    rows: (text, rest = {}) => {
      const settings = { ...PINNED_MARIADB, ...rest.settings };
      return service.sql(text, { values: rest.values ?? [], settings, stop, timeLimitMs: LONGEST_MS, rows: MOST_ROWS });
    },
    write: async text => {
      await service.sql(text, { write: true, settings: PINNED_MARIADB, stop, timeLimitMs: LONGEST_MS });
    },
  };
}

export interface SqliteAsker extends Reader {
  /** The same while the file might be written: SQLite forgets the checks of its tables where it cannot write. */
  checked(text: string): Promise<readonly Row[]>;
}

/** Asks a restored SQLite database, of which everything but its own tables is switched off by the service. */
export function sqliteAskerOf(service: RunningService, stop: AbortSignal): SqliteAsker {
  const limits = { stop, timeLimitMs: LONGEST_MS, rows: MOST_ROWS };
  return {
    rows: (text, rest = {}) => service.sql(text, { ...limits, values: rest.values ?? [] }),
    checked: text => service.sql(text, { ...limits, write: true }),
  };
}

/** Answers of a list of questions: what was answered, and what was refused. */
export interface Asked<T, A> {
  readonly answered: readonly (readonly [T, A])[];
  readonly refused: readonly (readonly [T, Refusal])[];
}

/**
 * Asks about many things in few questions. One damaged thing fails a whole question, therefore a refused batch is halved until it is known
 * which one it was. `ask` gives one answer per thing, in their order. Rejects when nothing more can be asked.
 */
export async function askAll<T, A>(
  things: readonly T[],
  size: number,
  ask: (batch: readonly T[]) => Promise<readonly A[]>,
): Promise<Asked<T, A>> {
  const answered: (readonly [T, A])[] = [];
  const refused: (readonly [T, Refusal])[] = [];
  const waiting: (readonly T[])[] = [];
  for (let at = 0; at < things.length; at += size) waiting.push(things.slice(at, at + size));
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    try {
      const answers = await ask(batch);
      for (const [index, thing] of batch.entries()) answered.push([thing, answers[index] as A]);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.final) throw error;
      const [first] = batch;
      if (batch.length === 1 && first !== undefined) refused.push([first, refusal]);
      else waiting.unshift(batch.slice(0, Math.ceil(batch.length / 2)), batch.slice(Math.ceil(batch.length / 2)));
    }
  }
  return { answered, refused };
}

/** A count or size in a row of the server; `undefined` if it is not one: the server is not to be believed. */
export function numberIn(row: Row | undefined, name: string): number | undefined {
  const value = row?.[name];
  const number = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** A text in a row of the server; anything else becomes an empty one. */
export function textIn(row: Row | undefined, name: string): string {
  const value = row?.[name];
  return typeof value === 'string' ? value : '';
}

/** A truth in a row of the server. */
export function trueIn(row: Row | undefined, name: string): boolean {
  return row?.[name] === true;
}
