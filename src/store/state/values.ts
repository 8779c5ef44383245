import pg from 'pg';
import { customTypes, int8, type Parsers } from '../../system/pg-types.ts';

type Parse = (text: string) => unknown;
/** `text[]`, whose number pg's own list leaves out. */
const textArray = (pg.types.getTypeParser as (oid: number) => unknown)(1009) as (text: string) => readonly (string | null)[];
const each =
  (parse: Parse): Parse =>
  text =>
    textArray(text).map(one => (one === null ? null : parse(one)));

/**
 * How values of PostgreSQL become ours, by type number. pg's defaults give `count(*)` as text, a `date` as local midnight and an `interval` as
 * an object. `numeric` stays text, `jsonb` is parsed. Whole numbers that JavaScript cannot hold, and infinite times, throw RangeError.
 */
const PARSERS: Parsers = {
  20: int8,
  1016: each(int8),
  1184: stamp,
  1185: each(stamp),
  1082: String,
  1114: String,
  1186: String,
  1182: each(String),
  1115: each(String),
  1187: each(String),
  1231: each(String),
};

/** For `new pg.Client({ types })`. */
export const types = customTypes(PARSERS);

/** `2026-11-22 20:31:52.5+00` in any offset, cut to milliseconds as PostgreSQL keeps more. */
function stamp(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d)(?::?(\d\d))?$/.exec(text);
  if (parts === null) throw new RangeError('timestamptz that is no time between the years 1 and 9999');
  const [, date = '', time = '', fraction = '', hours = '', minutes = '00'] = parts;
  return new Date(`${date}T${time}${fraction.slice(0, 4)}${hours}:${minutes}`).toISOString();
}
