import { z } from 'zod';
import type { SecretReference } from '../../plan/plan.ts';
import { secretOption } from '../../plan/values.ts';
import { binlogOptions, type BinlogOptions } from '../binlogs/options.ts';
import { placeOptions, readPlace, reachOf, type PlaceOptions } from '../dump-files/place-options.ts';
import type { Reach } from '../backup.ts';

const { from, time, endpoint, region, pathStyle, credentials } = placeOptions;

/** The keys of a `backup:` block beside those that every tool has. */
export const options = {
  ...{ from, time, endpoint, region, pathStyle, credentials },
  ...binlogOptions,
  encryption: z
    .strictObject({
      keys: secretOption(),
      algorithm: z.enum(['aes_cbc', 'aes_ctr']).optional(),
    })
    .optional()
    .meta({
      description:
        'Where the keys of encrypted tables are kept, as file_key_management reads them: lines such as 1;a7addd9a…; opened, if the file is encrypted itself. Default algorithm: aes_cbc.',
    }),
} satisfies z.ZodRawShape;

export interface MariabackupOptions extends PlaceOptions, BinlogOptions {
  readonly encryption?: { readonly keys: SecretReference; readonly algorithm?: 'aes_cbc' | 'aes_ctr' };
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): MariabackupOptions {
  return section.options as unknown as MariabackupOptions;
}

/** The variable by which the keys come into the first jail. */
export const KEYS = 'RESURGAM_MARIADB_KEYS';

export function reach(section: { readonly options: Readonly<Record<string, unknown>> }): Reach {
  const { encryption, binlogs } = readOptions(section);
  const place = readPlace(section);
  const { secrets, ...rest } = reachOf(binlogs === undefined ? [place.from] : [place.from, binlogs], place);
  return { ...rest, secrets: { ...secrets, ...(encryption === undefined ? {} : { [KEYS]: encryption.keys }) } };
}
