import type { z } from 'zod';
import { pathOption } from '../../plan/values.ts';

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  from: pathOption().meta({ description: 'Folder (or one file) of backups that `resurgam state backup` wrote.' }),
} satisfies z.ZodRawShape;

/** The place, from a block that the plan's loader has validated. */
export function placeOf(section: { readonly options: Readonly<Record<string, unknown>> }): string {
  return section.options['from'] as string;
}
