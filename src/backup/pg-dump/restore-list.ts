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
  readonly #tables: string[] = [];
  readonly #kinds = new Map<string, number>();
  #rest = '';

  take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, 10_000);
    for (const line of lines) this.#line(line);
  }

  says(): ArchiveSays {
    return { tables: this.#tables, kinds: Object.fromEntries(this.#kinds) };
  }

  /** `3278; 0 16386 TABLE DATA public patient postgres` */
  #line(line: string): void {
    const entry = /^\d+; \d+ \d+ (.+)$/.exec(line)?.[1];
    if (entry === undefined) return;
    const kind = KINDS.find(name => entry.startsWith(`${name} `)) ?? entry.split(' ')[0] ?? '';
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (kind !== 'TABLE DATA') return;
    const [, schema, table] = /^(\S+) (.+) \S*$/.exec(entry.slice(kind.length + 1)) ?? [];
    if (schema !== undefined && table !== undefined) this.#tables.push(`${schema}.${table}`);
  }
}
