import { z } from 'zod';

/** Names of a database and of what may lie beside it, below the folder into which it was restored. */
export const DATABASE_FILE = 'database';
export const COMPANIONS = ['wal', 'journal'] as const;
export type Companion = (typeof COMPANIONS)[number];

/** What a tool that restores a SQLite database tells the service over it (`Restored.layout`). */
export const SqliteLayout = z.object({
  /** SQLite that wrote it last, as its header says: 3040001 is 3.40.1; 0 if it does not say. */
  writer: z.number(),
  /** What lies beside it, which the first opening takes in. */
  beside: z.array(z.enum(COMPANIONS)),
});
export type SqliteLayout = z.infer<typeof SqliteLayout>;

/** Name of a restored file. */
export function restoredName(part: Companion | 'main'): string {
  return part === 'main' ? DATABASE_FILE : `${DATABASE_FILE}-${part}`;
}
