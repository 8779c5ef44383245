/** What a script says of itself. Tables are `schema.table`; the schema is empty before the first `USE`. */
export interface ScriptSays {
  /** Rows that its INSERTs hold. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables that it makes, but for those that become views. */
  readonly made: ReadonlySet<string>;
  /** Tables of which it holds the data, as its comments say. */
  readonly dumped: ReadonlySet<string>;
  /** Schemas that it makes or goes to. */
  readonly schemas: ReadonlySet<string>;
  /** Character set of its texts (`SET NAMES`), `null` if it does not say. */
  readonly charset: string | null;
  /** It sets the time zone in which its TIMESTAMPs are written. */
  readonly setsTimeZone: boolean;
  /** It was asked for routines, for events. */
  readonly parts: ReadonlySet<'routines' | 'events'>;
  /** It drops or makes a schema by name. */
  readonly replacesSchema: boolean;
  readonly makesUsers: boolean;
  /** Where it says that it was made in the binary logs of its source (`--master-data`); several: it is several dumps. */
  readonly places: ReadonlySet<string>;
  /** Transactions of the source before it, one for each domain; several: as above. */
  readonly gtids: ReadonlySet<string>;
  /** The comments that the tool writes are in it, so that its end can be known. */
  readonly commented: boolean;
  /** The line that the tool writes last was there. */
  readonly complete: boolean;
  /** It ends inside a statement, a text or a comment. */
  readonly unfinished: boolean;
}

/** Two are one too many. */
const MOST_PLACES = 2;
const NAME = '(`(?:[^`]|``)+`|[A-Za-z0-9_$\\x80-\\uffff]+)';
const QUALIFIED = new RegExp(`^\\s*${NAME}(?:\\s*\\.\\s*${NAME})?`);

interface Taken {
  readonly words: readonly string[];
  readonly head: string;
  readonly rows: number;
}

/** Gathers what is learned from statement to statement. */
export class ScriptNotes {
  readonly #rows = new Map<string, number>();
  readonly #made = new Set<string>();
  readonly #dumped = new Set<string>();
  readonly #schemas = new Set<string>();
  readonly #parts = new Set<'routines' | 'events'>();
  #schema = '';
  #charset: string | null = null;
  readonly #places = new Set<string>();
  readonly #gtids = new Set<string>();
  #setsTimeZone = false;
  #replacesSchema = false;
  #makesUsers = false;
  #commented = false;
  #complete = false;

  heed(comment: string): void {
    if (/^-- (?:MariaDB|MySQL) dump /.test(comment)) this.#commented = true;
    this.#complete = /^-- Dump completed/.test(comment);
    const table = /^-- Dumping data for table (`(?:[^`]|``)+`)/.exec(comment)?.[1];
    if (table !== undefined) this.#dumped.add(this.#qualified(table));
    this.#place(comment);
    const part = /^-- Dumping (routines|events) for database /.exec(comment)?.[1];
    if (part === 'routines' || part === 'events') this.#parts.add(part);
  }

  take({ words, head, rows }: Taken): void {
    this.#complete = false;
    const [first = '', second = ''] = words;
    if (rows > 0) this.#count(head, rows);
    else if (first === 'USE') this.#enter(after(head, /^USE\s/i));
    else if (first === 'SET') this.#set(head);
    else if ((first === 'CREATE' || first === 'DROP') && (second === 'DATABASE' || second === 'SCHEMA')) this.#replacesSchema = true;
    else if (first === 'CREATE') this.#create(words, head);
    else if (first === 'CHANGE') this.#place(head);
  }

  says(unfinished: boolean): ScriptSays {
    return {
      rows: this.#rows,
      made: this.#made,
      dumped: this.#dumped,
      schemas: this.#schemas,
      charset: this.#charset,
      places: this.#places,
      gtids: this.#gtids,
      setsTimeZone: this.#setsTimeZone,
      parts: this.#parts,
      replacesSchema: this.#replacesSchema,
      makesUsers: this.#makesUsers,
      commented: this.#commented,
      complete: this.#complete,
      unfinished,
    };
  }

  #count(head: string, rows: number): void {
    const name = this.#named(after(head, /^(?:INSERT|REPLACE)\s[\s\S]{0,200}?\bINTO\s/i));
    if (name !== undefined) this.#rows.set(name, (this.#rows.get(name) ?? 0) + rows);
  }

  #enter(rest: string): void {
    const name = QUALIFIED.exec(rest)?.[1];
    if (name === undefined) return;
    this.#schema = opened(name);
    this.#schemas.add(this.#schema);
  }

  #set(head: string): void {
    this.#place(head);
    const names = /\bNAMES\s+'?([A-Za-z0-9_]{1,32})/i.exec(head)?.[1];
    if (names !== undefined) this.#charset ??= names.toLowerCase();
    if (/\bTIME_ZONE\s*=\s*'\+00:00'/i.test(head)) this.#setsTimeZone = true;
  }

  /** Said in a statement or in a comment. */
  #place(text: string): void {
    const place = /\bMASTER_LOG_FILE='[^']{1,220}', MASTER_LOG_POS=\d{1,15}/.exec(text)?.[0];
    if (place !== undefined && this.#places.size < MOST_PLACES) this.#places.add(place);
    const gtids = /\bSET GLOBAL gtid_slave_pos='([\d,-]{0,4000})'/.exec(text)?.[1];
    if (gtids !== undefined && this.#gtids.size < MOST_PLACES) this.#gtids.add(gtids);
  }

  #create(words: readonly string[], head: string): void {
    if (words.includes('VIEW')) {
      const view = this.#named(after(head, /\bVIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?/i));
      if (view !== undefined) this.#made.delete(view);
    } else if (words[1] === 'TABLE') {
      const table = this.#named(after(head, /\bTABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?/i));
      if (table !== undefined) this.#made.add(table);
    } else if (words[1] === 'USER') this.#makesUsers = true;
  }

  #named(rest: string): string | undefined {
    const found = QUALIFIED.exec(rest);
    if (found?.[1] === undefined) return undefined;
    return found[2] === undefined ? this.#qualified(found[1]) : `${opened(found[1])}.${opened(found[2])}`;
  }

  #qualified(name: string): string {
    return `${this.#schema}.${opened(name)}`;
  }
}

/** What follows the first match, in a statement without its comments. */
function after(head: string, pattern: RegExp): string {
  const text = bare(head);
  const found = pattern.exec(text);
  return found === null ? '' : text.slice(found.index + found[0].length);
}

/** Without comments; of conditional ones their content is left. */
export function bare(statement: string): string {
  return statement
    .replaceAll(/^(?:--(?:[ \t][^\n]*)?|[ \t]*#[^\n]*)$/gm, '')
    .replaceAll(/\/\*(?!M?!)[\s\S]*?\*\//g, ' ')
    .replaceAll(/\/\*M?!\d{0,6}\s?/g, '')
    .replaceAll('*/', ' ')
    .trimStart();
}

function opened(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}
