/** What the table of contents of an archive lists. */
export interface ArchiveSays {
  /** `schema.table` of every entry of data. */
  readonly tables: readonly string[];
  /** Entries by kind. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Kinds of more than one word; the others are one. */
const KINDS = [
  ...[
    'TABLE DATA',
    'SEQUENCE SET',
    'SEQUENCE OWNED BY',
    'FK CONSTRAINT',
    'CHECK CONSTRAINT',
    'DEFAULT ACL',
    'TABLE ATTACH',
    'INDEX ATTACH',
  ],
  ...[
    'MATERIALIZED VIEW DATA',
    'MATERIALIZED VIEW',
    'FOREIGN DATA WRAPPER',
    'FOREIGN SERVER',
    'FOREIGN TABLE',
    'USER MAPPING',
    'EVENT TRIGGER',
  ],
  ...[
    'ROW SECURITY',
    'PUBLICATION TABLES IN SCHEMA',
    'PUBLICATION TABLE',
    'SUBSCRIPTION TABLE',
    'SHELL TYPE',
    'DATABASE PROPERTIES',
    'BLOB METADATA',
  ],
  ...['OPERATOR CLASS', 'OPERATOR FAMILY', 'ACCESS METHOD', 'TEXT SEARCH CONFIGURATION', 'TEXT SEARCH DICTIONARY', 'TEXT SEARCH PARSER'],
  ...['TEXT SEARCH TEMPLATE', 'LARGE OBJECT', 'STATISTICS DATA', 'EXTENDED STATISTICS DATA', 'SECURITY LABEL', 'BLOB COMMENTS'],
].sort((a, b) => b.length - a.length);

/** Reads what `pg_restore --list` prints, line by line as it comes. */
export class ListReader {
  readonly #data: string[] = [];
  readonly #kinds = new Map<string, number>();
  #rest = '';

  take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, 10_000);
    for (const line of lines) this.#line(line);
  }

  /** `made`: tables that the archive defines, as `schema.table`. The list alone does not say where a schema's name ends. */
  says(made: ReadonlySet<string>): ArchiveSays {
    const known = new Map([...made].map(name => [name.replace('.', ' '), name]));
    return { tables: this.#data.map(entry => tableIn(entry, known)), kinds: Object.fromEntries(this.#kinds) };
  }

  /** `3278; 0 16386 TABLE DATA public patient postgres` */
  #line(line: string): void {
    const entry = /^\d+; \d+ \d+ (.+)$/.exec(line)?.[1];
    if (entry === undefined) return;
    const kind = KINDS.find(name => entry.startsWith(`${name} `)) ?? entry.split(' ')[0] ?? '';
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (kind === 'TABLE DATA') this.#data.push(entry.slice(kind.length + 1));
  }
}

/** `<schema> <table> <owner>`, each of which may have spaces in it. */
function tableIn(entry: string, known: ReadonlyMap<string, string>): string {
  for (let end = entry.lastIndexOf(' '); end > 0; end = entry.lastIndexOf(' ', end - 1)) {
    const name = known.get(entry.slice(0, end));
    if (name !== undefined) return name;
  }
  return entry.slice(0, entry.lastIndexOf(' ')).replace(' ', '.');
}
