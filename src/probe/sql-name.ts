/** An identifier as SQL takes it, whatever it holds: names of a backup may be hostile. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table, index or function by schema and name, as SQL takes it. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A text as an SQL literal; the asker pins `standard_conforming_strings`. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
