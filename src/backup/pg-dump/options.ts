import { z } from 'zod';
import { placeOption } from '../../plan/values.ts';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';

/** The keys of pg_dump's `backup:` block beside those that every tool has. */
export const options = {
  ...placeOptions,
  globals: placeOption('s3')
    .optional()
    .meta({ description: 'Output of pg_dumpall --globals-only. Found by itself if it lies among the dumps.' }),
  roles: z
    .enum(['required', 'optional'])
    .optional()
    .meta({ description: 'required: a dump whose roles are in no backup fails. Default optional: it is told, and decides nothing.' }),
  database: z.string().min(1).optional().meta({ description: 'Name of the database that the dumps must be of.' }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface PgDumpOptions extends PlaceOptions {
  readonly globals?: string;
  readonly roles?: 'required' | 'optional';
  readonly database?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): PgDumpOptions {
  return section.options as unknown as PgDumpOptions;
}
