import { z } from 'zod';
import { placeOption } from '../../plan/values.ts';
import { binlogOptions, type BinlogOptions } from '../binlogs/options.ts';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';

/** The keys of a `backup:` block beside those that every tool has. */
export const options = {
  ...placeOptions,
  ...binlogOptions,
  users: placeOption('s3')
    .optional()
    .meta({ description: 'Output of mariadb-dump --system=users. Found by itself if it lies among the dumps.' }),
  database: z.string().min(1).optional().meta({ description: 'Name of the database that the dumps must be of.' }),
} satisfies z.ZodRawShape;

export interface MariaDumpOptions extends PlaceOptions, BinlogOptions {
  readonly users?: string;
  readonly database?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): MariaDumpOptions {
  return section.options as unknown as MariaDumpOptions;
}
