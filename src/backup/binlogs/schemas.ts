import type { BinlogSchemas } from '../mariadb-files.ts';
import { EVENT, statementIn, type BinlogEvent } from './events.ts';

/** More are not told apart. */
const MOST = 1_000;
/** Where a table map says its schema: length, then the name. */
const NAMED_AT = 8;
/** They are of no schema, whatever the session was in. */
const OF_TRANSACTION = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT\b.*)$/s;
/** Of accounts and of the server: they change no schema. */
const OF_ACCOUNTS = /^\s*(?:(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)|GRANT|REVOKE|SET|FLUSH)\b/i;
const MAKES = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|SCHEMA)\b/i;

/** Gathers which schemas the events of binary logs are of. */
export class SchemasSeen {
  readonly #of: string | null;
  readonly #changed = new Set<string>();
  readonly #made = new Set<string>();
  #crossing = false;
  #elsewhere = false;

  /** `of`: the one schema that the backup holds. */
  constructor(of: string | null) {
    this.#of = of;
  }

  take({ type, body }: BinlogEvent): void {
    if (type === EVENT.tableMap && body.length > NAMED_AT)
      this.#note(body.toString('utf8', NAMED_AT + 1, NAMED_AT + 1 + body.readUInt8(NAMED_AT)));
    const said = type === EVENT.query ? statementIn(body) : undefined;
    if (said === undefined || OF_TRANSACTION.test(said.text)) return;
    const { schema, text } = said;
    if (MAKES.test(text)) this.#made.add(schema);
    this.#note(schema);
    if (schema === this.#of || OF_ACCOUNTS.test(text)) return;
    if (this.#of !== null && names(text, this.#of)) this.#crossing = true;
    else if (schema === '') this.#elsewhere = true;
  }

  seen(): BinlogSchemas {
    return { changed: [...this.#changed].filter(name => !this.#made.has(name)), crossing: this.#crossing, elsewhere: this.#elsewhere };
  }

  #note(schema: string): void {
    if (schema !== '' && this.#changed.size < MOST) this.#changed.add(schema);
  }
}

/** A statement that is run in another schema, or in none, may change this one by its full name. */
function names(text: string, schema: string): boolean {
  const there = Buffer.from(schema).toString('latin1');
  return text.includes(`${there}.`) || text.includes(`\`${there}\``);
}
