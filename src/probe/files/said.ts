import { z } from 'zod';

/** What the reader in the jail says to the probe outside, one value after the other. Paths are Latin-1: one character per byte. */
export const Said = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('totals'),
    files: z.int(),
    bytes: z.int(),
    /** Bytes on disk: less than `bytes` where files have holes. */
    allocated: z.int(),
    /** Files of more bytes than they take on disk. */
    sparse: z.int(),
    folders: z.int(),
    links: z.int(),
    /** Links to nothing, and those that lead out of the tree. */
    dangling: z.int(),
    leadOut: z.int(),
    /** Devices, sockets and pipes. */
    special: z.int(),
    unreadable: z.int(),
    executable: z.int(),
    /** Files that anybody may write, and those that lend their owner's rights. */
    open: z.int(),
    lending: z.int(),
    owners: z.int(),
    /** Files with extended attributes or access lists; `null`: there is no program here that could tell. */
    attributed: z.int().nullable(),
  }),
  z.object({ is: z.literal('folder'), path: z.string(), files: z.int(), bytes: z.int() }),
  z.object({ is: z.literal('sampled'), path: z.string(), bytes: z.int(), sha256: z.string().nullable(), entropy: z.number() }),
  /** `forbidden`: files whose digest the plan forbids. */
  z.object({ is: z.literal('digests'), read: z.int(), failed: z.int(), forbidden: z.int() }),
  z.object({ is: z.literal('listed'), listed: z.int(), missing: z.int(), compared: z.int(), differ: z.int() }),
  /** The list of digests that was named is not there, or is none. */
  z.object({ is: z.literal('no-list') }),
]);
export type Said = z.output<typeof Said>;
export type SaidAs<K extends Said['is']> = Extract<Said, { readonly is: K }>;
