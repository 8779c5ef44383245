import type { RefusedStatement } from '../../backup/target.ts';
import { LOG_PREFIX } from './settings.ts';

const KEPT_STATEMENT = 4_000;
const KEPT_LINE = 8_192;
const KEPT_REFUSED = 20_000;
const RECORD = new RegExp(`^${LOG_PREFIX} ([0-9A-Z]{5}) (\\d+) +([A-Z]+): {1,2}(.*)$`, 's');
const SEVERE = ['ERROR', 'FATAL', 'PANIC'];

type Refusal = { -readonly [Key in keyof RefusedStatement]: RefusedStatement[Key] };

/**
 * Reads the server's log as it comes: SQLSTATE, severity, backend and the beginning of the refused statement. Message texts are passed
 * over, for they quote rows. A line break inside a message or statement is followed by a tab, so no text can pass itself off as a record.
 */
export class ServerLog {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #last: Refusal | undefined;
  readonly #pending = new Map<number, Refusal>();
  readonly #refused: Refusal[] = [];
  readonly #ours = new Set<number>();
  readonly #waiting = new Map<string, () => void>();
  #more = 0;

  /** What this backend is refused was asked by us: no statement of the backup. */
  exclude(backend: number): void {
    this.#ours.add(backend);
  }

  /** Forgets what was refused while the server was still starting. */
  begin(): void {
    this.#refused.length = 0;
    this.#more = 0;
  }

  /** Everything refused since then; `more` counts what was not kept. */
  refused(): { readonly statements: readonly RefusedStatement[]; readonly more: number } {
    const statements = this.#refused.filter(one => !this.#ours.has(one.backend));
    return { statements, more: this.#more };
  }

  /** Resolves once a refused statement with this text has been read: then everything before it has been, too. */
  seen(text: string): Promise<void> {
    return new Promise(resolve => this.#waiting.set(text, resolve));
  }

  /** Takes a piece of the log; a line is kept up to a limit. */
  take(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, at));
      this.#line(Buffer.concat(this.#rest).toString('utf8'));
      this.#rest = [];
      this.#restBytes = 0;
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    const room = Math.min(part.length, KEPT_LINE - this.#restBytes);
    if (room <= 0) return;
    this.#rest.push(Buffer.from(part.subarray(0, room)));
    this.#restBytes += room;
  }

  #line(line: string): void {
    if (line.startsWith('\t')) {
      if (this.#last !== undefined) extend(this.#last, `\n${line.slice(1)}`);
      this.#announce(this.#last);
      return;
    }
    this.#last = undefined;
    const record = RECORD.exec(line);
    if (record === null) return;
    const [, sqlState = '', backend = '', label = '', text = ''] = record;
    if (SEVERE.includes(label)) this.#open({ sqlState, severity: label as Refusal['severity'], backend: Number(backend), statement: '' });
    if (label !== 'STATEMENT') return;
    this.#last = this.#pending.get(Number(backend));
    if (this.#last === undefined) return;
    extend(this.#last, text);
    this.#announce(this.#last);
  }

  #open(one: Refusal): void {
    this.#pending.set(one.backend, one);
    if (this.#refused.length < KEPT_REFUSED) this.#refused.push(one);
    else this.#more += 1;
  }

  #announce(one: Refusal | undefined): void {
    if (one === undefined || this.#waiting.size === 0) return;
    this.#waiting.get(one.statement)?.();
    this.#waiting.delete(one.statement);
  }
}

function extend(one: Refusal, text: string): void {
  if (one.statement.length < KEPT_STATEMENT) one.statement = (one.statement + text).slice(0, KEPT_STATEMENT);
}
