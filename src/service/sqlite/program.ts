import { Readable } from 'node:stream';
import type { Jail, Mount } from '../../backup/target.ts';
import { DATABASE_FILE } from '../../backup/sqlite-files.ts';
import { lines } from '../../system/lines.ts';
import type { ToolResult } from '../../system/process.ts';

export const PROGRAM = { file: '/usr/bin/sqlite3', package: 'sqlite3', least: '3.37' } as const;

const RESTORED_AT = '/restored';
/** What one answer may cost us in memory, whatever the database holds. */
const ANSWER_CHARACTERS = 64 << 20;

/** One run of the program over the restored database. */
export interface SqliteRun {
  readonly jail: Jail;
  readonly folder: string;
  readonly script: string;
  /** Opened as the application would: a transaction that was not finished is taken back, the log is taken in. */
  readonly write: boolean;
  readonly rows: number;
  readonly timeLimitMs: number;
}

export interface SqliteAnswer {
  readonly result: ToolResult;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** More came than was asked for. */
  readonly tooMuch: boolean;
}

/**
 * Nothing that a schema brings along may reach further than its own tables: views and triggers call no function that could (`trusted_schema`),
 * the schema cannot be rewritten (`defensive`), and the program itself keeps to this one database (`-safe`).
 */
const PINNED = '.dbconfig defensive on\n.dbconfig trusted_schema off\npragma cell_size_check = on;\n';

/**
 * Runs a script in the jail. Without `write` nothing can be changed: the folder is not writable, and SQLite expects no other writer. A database that is
 * not there is never made: an empty one would look healthy.
 */
export async function runSqlite(run: SqliteRun, stop: AbortSignal): Promise<SqliteAnswer> {
  const mounts: Mount[] = [{ from: run.folder, at: RESTORED_AT, write: run.write }];
  const file = `file:${RESTORED_AT}/${DATABASE_FILE}?${run.write ? 'mode=rw' : 'immutable=1'}`;
  const rows: Readonly<Record<string, unknown>>[] = [];
  const enough = new AbortController();
  let characters = 0;
  const cut = lines(line => {
    characters += line.length;
    if (rows.length >= run.rows || characters > ANSWER_CHARACTERS) enough.abort();
    else rows.push(...rowIn(line));
  });
  const result = await run.jail.run(
    {
      ...{ file: PROGRAM.file, args: ['-batch', '-bail', '-safe', '-json', ...(run.write ? [] : ['-readonly']), file] },
      ...{ env: { LC_ALL: 'C', HOME: '/nonexistent' }, mounts, timeLimitMs: run.timeLimitMs },
      ...{ stdin: Readable.from([Buffer.from(`${PINNED}${run.script}\n`)]), stdout: cut.chunk },
    },
    AbortSignal.any([stop, enough.signal]),
  );
  cut.end();
  return { result: { ...result, stopped: stop.aborted }, rows, tooMuch: enough.signal.aborted };
}

/** One row on each line of a JSON array: `[{…},`, `{…},`, `{…}]`. */
function rowIn(line: string): readonly Readonly<Record<string, unknown>>[] {
  const text = line.replace(/^\[/, '').replace(/[\],]$/, '');
  if (!text.startsWith('{')) return [];
  return [JSON.parse(text) as Readonly<Record<string, unknown>>];
}
