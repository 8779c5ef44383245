import { z } from 'zod';
import { durationOption, placeOption } from '../../plan/values.ts';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';

const { endpoint, region, pathStyle, credentials } = placeOptions;

/** The keys of a `backup:` block beside those that every tool has. */
export const options = {
  from: placeOption('s3')
    .refine(place => place.startsWith('s3://'), { error: 'expected a bucket: s3://bucket/prefix' })
    .meta({ description: 'The bucket, or all below a prefix of it: s3://bucket/prefix.' }),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'As of this moment, from the versions that the bucket keeps. Default: as it is now.' }),
  history: durationOption().optional().meta({
    description:
      'How long the bucket surely keeps versions that were replaced or deleted: the end of each day within it is a recovery point too.',
  }),
  digests: z.string().min(1).optional().meta({
    description: 'Key, below the prefix, of a list of digests as sha256sum writes it: every object of it must come back as it says.',
  }),
  ...{ endpoint, region, pathStyle, credentials },
} satisfies z.ZodRawShape;

export interface ObjectsOptions extends Omit<PlaceOptions, 'pattern' | 'time'> {
  readonly at?: string;
  readonly history?: number;
  readonly digests?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): ObjectsOptions {
  return section.options as unknown as ObjectsOptions;
}
