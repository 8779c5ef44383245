import mysql, { type FieldPacket } from 'mysql2';

const { Types } = mysql;
/** Names of the SQL standard for what the protocol numbers. What is not here is text, or is taken for it. */
const NAMES: ReadonlyMap<number | undefined, string> = new Map<number | undefined, string>([
  ...[Types.TINY, Types.SHORT, Types.INT24, Types.LONG, Types.LONGLONG, Types.YEAR].map(type => [type, 'bigint'] as const),
  ...[Types.DECIMAL, Types.NEWDECIMAL].map(type => [type, 'numeric'] as const),
  ...[Types.FLOAT, Types.DOUBLE].map(type => [type, 'double precision'] as const),
  ...[Types.TIMESTAMP].map(type => [type, 'timestamp with time zone'] as const),
  ...[Types.DATETIME].map(type => [type, 'timestamp without time zone'] as const),
  ...[Types.DATE, Types.NEWDATE].map(type => [type, 'date'] as const),
]);

/** The type of a column as the server says it. Truths are whole numbers of one digit here; `boolean` is what has room for no more. */
export function columnType(field: FieldPacket): string {
  const name = NAMES.get(field.columnType) ?? 'text';
  return name === 'bigint' && field.columnLength === 1 ? 'boolean' : name;
}
