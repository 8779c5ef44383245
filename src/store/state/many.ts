import type { Tx } from './state.ts';

/** SQL for a moment as ours are written: ISO, UTC, milliseconds. */
export const isoOf = (moment: string): string => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * The rows of a question whose answer may be tens of thousands of them, as one value: to take apart each row and column by itself takes longer than the
 * server needs to find them. Moments must be written by `isoOf`. In the order of the question.
 */
export async function manyRows<T>(tx: Tx, text: string, values: readonly unknown[] = []): Promise<readonly T[]> {
  const [all] = await tx.query(`select coalesce(json_agg(r), '[]') as rows from (${text}) r`, values);
  return all?.['rows'] as readonly T[];
}
