/** Settings of the dumped database, as its `CREATE DATABASE` statement says them, for the server that will take the data. */
export function databaseSettings(createDatabase: string | null, encoding: string | null): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [name, key] of KEYS) {
    const value = new RegExp(` ${key} = (?:'((?:[^']|'')*)'|([A-Za-z0-9_]+))`).exec(createDatabase ?? '');
    const text = value?.[1] ?? value?.[2];
    if (text !== undefined && SAFE.test(text)) settings[name] = text;
  }
  if (settings['encoding'] === undefined && encoding !== null) settings['encoding'] = encoding;
  return settings;
}

const KEYS = [
  ['encoding', 'ENCODING'],
  ['localeProvider', 'LOCALE_PROVIDER'],
  ['locale', 'LOCALE'],
  ['lcCollate', 'LC_COLLATE'],
  ['lcCtype', 'LC_CTYPE'],
  ['icuLocale', 'ICU_LOCALE'],
  ['icuRules', 'ICU_RULES'],
  ['builtinLocale', 'BUILTIN_LOCALE'],
] as const;

/** Names of encodings and locales; anything else was not written by pg_dump and is not handed on. */
const SAFE = /^[A-Za-z0-9 _.@&<>=/:+-]{1,100}$/;
