import { z } from 'zod';
import { pathOption } from '../../plan/values.ts';
import { isZone } from '../created.ts';

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  from: pathOption().meta({ description: 'Folder of archives, or one archive.' }),
  pattern: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Only archives whose path below `from` matches, for example "documents-*.tar.gz".' }),
  time: z
    .string()
    .refine(isZone, { error: 'expected a time zone such as UTC or Europe/Berlin' })
    .optional()
    .meta({ description: 'Time zone of the times in the names of the archives. Default: that of this machine.' }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface ArchiveOptions {
  readonly from: string;
  readonly pattern?: string;
  readonly time?: string;
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): ArchiveOptions {
  return section.options as unknown as ArchiveOptions;
}
