/** A query of a plan as it is sent: named parameters (`:patient`) become positional ones. */
export interface PreparedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

// Where a colon is not a parameter: texts, quoted names, dollar-quoted bodies, comments, casts.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\/|::|:=|:([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Puts `$1`, `$2`, … where the query names a value of `named`; a name that has no value stays as it is, and the server refuses it.
 * Semicolons at the end are taken off, since the query becomes part of another one.
 */
export function prepareQuery(query: string, named: Readonly<Record<string, unknown>>): PreparedQuery {
  const values: unknown[] = [];
  const places = new Map<string, number>();
  const text = query.replaceAll(TOKEN, (token: string, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined || !Object.hasOwn(named, name)) return token;
    const place = places.get(name) ?? values.push(named[name]);
    places.set(name, place);
    return `$${place}`;
  });
  return { text: text.replace(/[\s;]+$/, ''), values };
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

/** The query as a table with one column, so that its type can be asked beside its value. A line break ends a comment at its end. */
export function asTable(query: string): string {
  return `(\n${query}\n) as resurgam_answer(value)`;
}
