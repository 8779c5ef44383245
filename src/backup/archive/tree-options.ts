import { z } from 'zod';
import { pathOption } from '../../plan/values.ts';
import { isZone } from '../created.ts';

const below = z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, { error: 'expected a path below the folder of one backup' });

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  from: pathOption().meta({
    description: 'Folder of dated folders (2026-11-27T0200, daily.0), or one folder that is overwritten each time.',
  }),
  marker: below.optional().meta({
    description:
      'A file that the job writes last into each backup. If it holds a time (ISO), the data are as of then; a folder without it is unfinished.',
  }),
  digests: below.optional().meta({ description: 'A list of digests in each backup, as sha256sum writes it.' }),
  time: z
    .string()
    .refine(isZone, { error: 'expected a time zone such as UTC or Europe/Berlin' })
    .optional()
    .meta({ description: 'Time zone of the times in the names of the folders. Default: that of this machine.' }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface TreeOptions {
  readonly from: string;
  readonly marker?: string;
  readonly digests?: string;
  readonly time?: string;
}

/** The plan's loader has validated them. */
export function readTreeOptions(section: { readonly options: Readonly<Record<string, unknown>> }): TreeOptions {
  return section.options as unknown as TreeOptions;
}
