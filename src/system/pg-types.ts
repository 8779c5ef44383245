import pg from 'pg';

/** How values of a type become ours, by type number. */
export type Parsers = Readonly<Record<number, (text: string) => unknown>>;

/**
 * Text or numbers only, the same on every machine: pg's defaults give `count(*)` as text, a `date` as local midnight and an `interval` as
 * an object. A time stamp stays the text that the server printed (ISO, in the session's time zone).
 */
const PARSERS: Parsers = {
  20: int8,
  17: text => Buffer.from(text.slice(2), 'hex'),
  114: String,
  1082: String,
  1114: String,
  1184: String,
  1186: String,
  1231: String,
  3802: String,
};

export const types = customTypes(PARSERS);

/** For `new pg.Client({ types })`: these parsers first, then pg's own. */
export function customTypes(parsers: Parsers): pg.CustomTypesConfig {
  return {
    getTypeParser: (oid: number, format?: 'text'): unknown =>
      parsers[oid] ?? (pg.types.getTypeParser as (oid: number, format?: 'text') => unknown)(oid, format),
  } as pg.CustomTypesConfig;
}

/** Throws RangeError for what a number cannot hold exactly. */
export function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('int8 out of range');
  return value;
}
