import type { z } from 'zod';

const KNOWN = 'known keys: ';

/**
 * Parse options under which an issue about an unknown key also says which keys there are: zod's issue names the unknown ones only,
 * and the likely intended key cannot be found without the others. Read it with `knownKeys`.
 */
export const explaining = {
  error: (issue: z.core.$ZodRawIssue): string | undefined => {
    if (issue.code !== 'unrecognized_keys') return undefined;
    const shape = (issue.inst?._zod.def as { shape?: Record<string, unknown> } | undefined)?.shape;
    return shape === undefined ? undefined : `${KNOWN}${Object.keys(shape).join(' ')}`;
  },
};

/** The keys that are known where an unknown one was found. */
export function knownKeys(message: string): readonly string[] {
  return message.startsWith(KNOWN) ? message.slice(KNOWN.length).split(' ') : [];
}
