import { z } from 'zod';

/** Where the server will see its data, and each of its tablespaces: the links to these are made by whoever restores. */
export const DATA_AT = '/postgres/data';
export const TABLESPACES_AT = '/postgres/tablespaces';

/** How far the write-ahead log is to be replayed. */
export const RecoveryTarget = z.discriminatedUnion('to', [
  z.strictObject({ to: z.literal('newest') }),
  /** To the end of the backup itself and no further. */
  z.strictObject({ to: z.literal('consistent') }),
  z.strictObject({ to: z.literal('time'), at: z.iso.datetime({ offset: true }) }),
  z.strictObject({ to: z.literal('lsn'), lsn: z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i) }),
  z.strictObject({ to: z.literal('name'), name: z.string().regex(/^[\w .:-]{1,63}$/) }),
]);
export type RecoveryTarget = z.output<typeof RecoveryTarget>;

/**
 * Files of a PostgreSQL cluster as a backup tool restored them: what the service must know to make a server of them (`Restored.layout`). Names are
 * below the folder of the restore, or below the staging folder.
 */
export const PostgresFiles = z.strictObject({
  engine: z.literal('postgres'),
  major: z.int().min(12).max(99),
  /** The data folder, below the folder of the restore. */
  data: z.string().regex(/^[a-z]+$/),
  /** Tablespaces by number; each in `tablespaces/<number>` below the folder of the restore. */
  tablespaces: z.array(z.string().regex(/^\d+$/)),
  /** Folder below the staging folder with the archived segments and histories, unpacked, under their own names. `null`: there is none. */
  wal: z
    .string()
    .regex(/^[a-z]+$/)
    .nullable(),
  /** Segments in it, for the progress. */
  segments: z.int().min(0),
  target: RecoveryTarget,
  /** `null`: the one of the backup. */
  timeline: z.int().min(1).nullable(),
  /** Position up to which replaying must get, if it is known beforehand. */
  until: z
    .string()
    .regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/)
    .nullable(),
});
export type PostgresFiles = z.output<typeof PostgresFiles>;
