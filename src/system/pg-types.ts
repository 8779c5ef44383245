import pg from 'pg';

/**
 * Text or numbers only, the same on every machine: pg's defaults give `count(*)` as text, a `date` as local midnight and an `interval` as
 * an object. A time stamp stays the text that the server printed (ISO, in the session's time zone).
 */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
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

export const types = {
  getTypeParser: (oid: number, format?: 'text'): unknown =>
    PARSERS[oid] ?? (pg.types.getTypeParser as (oid: number, format?: 'text') => unknown)(oid, format),
} as pg.CustomTypesConfig;

function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('int8 out of range');
  return value;
}
