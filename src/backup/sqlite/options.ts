import { z } from 'zod';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';

/** The keys of a `backup:` block beside those that every tool has. */
export const options = {
  ...placeOptions,
  applicationId: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .optional()
    .meta({ description: 'The application_id that the database must have: `sqlite3 file "pragma application_id"` prints it.' }),
  wal: z.enum(['required', 'optional']).optional().meta({
    description: 'required: the job copies the files of a database in use, so the -wal must lie beside each copy. Default optional.',
  }),
} satisfies z.ZodRawShape;

export interface SqliteOptions extends PlaceOptions {
  readonly applicationId?: number;
  readonly wal?: 'required' | 'optional';
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): SqliteOptions {
  return section.options as unknown as SqliteOptions;
}
