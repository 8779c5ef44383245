import type { BinlogSchemas } from '../mariadb-files.ts';
import { EVENT, type BinlogEvent } from './events.ts';
import { statementIn, type Statement } from './statement.ts';

/** More are not told apart. */
const MOST = 1_000;
/** Where a table map says its schema: length, then the name. */
const NAMED_AT = 8;
/** They are of no schema, whatever the session was in. */
const OF_TRANSACTION = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT\b.*)$/s;
/** Of accounts and of the server: they change no schema. */
const OF_ACCOUNTS = /^\s*(?:(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)|GRANT|REVOKE|SET|FLUSH)\b/i;
const MAKES = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|SCHEMA)\s+(?!IF\b)/i;
const DEFINITION = /^\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE)\b/i;
/** They are stored and not run: whose they are stands at their beginning. */
const STORED = /^\s*(?:CREATE|ALTER|DROP)\b.{0,200}?\b(?:PROCEDURE|FUNCTION|TRIGGER|EVENT|VIEW|PACKAGE)\b.{0,200}/is;
/** A longer statement is not kept to its end. */
const KEPT = 3_500;

/** Gathers which schemas the events of binary logs are of. */
export class SchemasSeen {
  readonly #of: string | null;
  readonly #changed = new Set<string>();
  readonly #made = new Set<string>();
  /** Schemas of the tables of one statement by rows. */
  #together = new Set<string>();
  #crossing = false;
  #elsewhere = false;
  #zoned = false;

  /** `of`: the one schema that the backup holds. */
  constructor(of: string | null) {
    this.#of = of;
  }

  take({ type, body }: BinlogEvent): void {
    if (type !== EVENT.tableMap) this.#together = new Set();
    else if (body.length > NAMED_AT) this.#map(body.toString('utf8', NAMED_AT + 1, NAMED_AT + 1 + body.readUInt8(NAMED_AT)));
    const said = type === EVENT.query ? statementIn(body) : undefined;
    if (said !== undefined && !OF_TRANSACTION.test(said.text)) this.#hear(said);
  }

  seen(): BinlogSchemas {
    const changed = [...this.#changed].filter(name => !this.#made.has(name));
    return { changed, crossing: this.#crossing, elsewhere: this.#elsewhere, zoned: this.#zoned };
  }

  /** Of such a statement no part can be left out. */
  #map(schema: string): void {
    this.#note(schema);
    this.#together.add(schema);
    if (this.#of !== null && this.#together.size > 1 && this.#together.has(this.#of)) this.#crossing = true;
  }

  #hear({ schema, text, zone }: Statement): void {
    if (MAKES.test(text) && !this.#changed.has(schema)) this.#made.add(schema);
    this.#note(schema);
    if (zone === 'SYSTEM' && (this.#of === null || schema === this.#of)) this.#zoned = true;
    if (schema === this.#of || OF_ACCOUNTS.test(text)) return;
    if (this.#of !== null && mayChange(text, this.#of)) this.#crossing = true;
    else if (schema === '') this.#elsewhere = true;
  }

  #note(schema: string): void {
    if (schema !== '' && this.#changed.size < MOST) this.#changed.add(schema);
  }
}

/** Run in another schema, or in none: rows it may change here without a word, by a trigger or a view; what it defines it names. */
function mayChange(text: string, schema: string): boolean {
  if (!DEFINITION.test(text)) return true;
  const stored = STORED.exec(text)?.[0];
  if (stored === undefined && text.length > KEPT) return true;
  return (stored ?? text).toLowerCase().includes(Buffer.from(schema).toString('latin1').toLowerCase());
}
