import { z } from 'zod';
import { placeOption } from '../../plan/values.ts';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';

/** The keys of a `backup:` block beside those that every tool has. */
export const options = {
  ...placeOptions,
  config: placeOption('s3').optional().meta({
    description: 'Settings of the directory (output of slapcat -n 0), with its schema. Found by themselves if they lie among the exports.',
  }),
  suffix: z
    .string()
    .regex(/^[^=]+=.+/, { error: 'expected the name of the topmost entry, such as dc=lakeside,dc=example' })
    .optional()
    .meta({ description: 'Name of the topmost entry that the exports must be of, such as dc=lakeside,dc=example.' }),
} satisfies z.ZodRawShape;

export interface LdifOptions extends PlaceOptions {
  readonly config?: string;
  readonly suffix?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): LdifOptions {
  return section.options as unknown as LdifOptions;
}
