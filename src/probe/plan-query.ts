/** A query of a plan as it is sent: named parameters (`:patient`) become positional ones. */
export interface PreparedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

// Where a colon is not a parameter: texts, quoted names, dollar-quoted bodies, comments, casts.
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<tag>\$[A-Za-z_]*\$)[\s\S]*?\k<tag>|--[^\n]*|\/\*[\s\S]*?\*\/|::|:=|:(?<name>[A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Puts `$1`, `$2`, … where the query names a value of `named`; a name that has no value stays as it is, and the server refuses it.
 * Semicolons at the end are taken off, since the query becomes part of another one.
 */
export function prepareQuery(query: string, named: Readonly<Record<string, unknown>>): PreparedQuery {
  const { text, values } = numbered(query, { token: TOKEN, mark: '$', named });
  return { text, values };
}

interface Numbering {
  /** With a group `name` where it finds a parameter. */
  readonly token: RegExp;
  readonly mark: string;
  readonly named: Readonly<Record<string, unknown>>;
}

function numbered(query: string, { token, mark, named }: Numbering): PreparedQuery & { readonly unknown: readonly string[] } {
  const values: unknown[] = [];
  const unknown: string[] = [];
  const places = new Map<string, number>();
  const text = query.replaceAll(token, (whole: string, ...rest: unknown[]) => {
    const { name } = rest.at(-1) as { readonly name?: string };
    if (name === undefined) return whole;
    if (!Object.hasOwn(named, name)) {
      unknown.push(name);
      return whole;
    }
    const place = places.get(name) ?? values.push(named[name]);
    places.set(name, place);
    return `${mark}${place}`;
  });
  return { text: text.replace(/[\s;]+$/, ''), values, unknown };
}

// The same in MariaDB: backslashes in texts, names in backticks, another kind of comment, no casts.
const MARIA_TOKEN =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|--\s[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|:=|:([A-Za-z_][A-Za-z0-9_]*)/g;

/** Puts `?` where the query names a value of `named`, once for each place. */
export function prepareMariaQuery(query: string, named: Readonly<Record<string, unknown>>): PreparedQuery {
  const values: unknown[] = [];
  const text = query.replaceAll(MARIA_TOKEN, (token: string, name: string | undefined) => {
    if (name === undefined || !Object.hasOwn(named, name)) return token;
    values.push(named[name]);
    return '?';
  });
  return { text: text.replace(/[\s;]+$/, ''), values };
}

// The same in SQLite: names in backticks or brackets too, no casts.
const SQLITE_TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|:(?<name>[A-Za-z_][A-Za-z0-9_]*)/g;

/** Puts `?1`, `?2`, … where the query names a value of `named`. SQLite takes a name without a value for null: those are in `unknown`. */
export function prepareSqliteQuery(
  query: string,
  named: Readonly<Record<string, unknown>>,
): PreparedQuery & { readonly unknown: readonly string[] } {
  return numbered(query, { token: SQLITE_TOKEN, mark: '?', named });
}

/** The query as a table of one column that other SQL can name, for engines in which a subquery's columns cannot be. */
export function asNamed(query: string): string {
  return `with resurgam_answer(value) as (\n${query}\n)`;
}

/** The query as a table with one column, so that its type can be asked beside its value. A line break ends a comment at its end. */
export function asTable(query: string): string {
  return `(\n${query}\n) as resurgam_answer(value)`;
}
