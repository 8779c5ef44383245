import { z } from 'zod';
import type { FoundStudy } from '../../service/service.ts';

/** The value of a plan, with what it does not say filled in. */
export interface DicomOptions {
  readonly atLeast: number | null;
  readonly fewer: number;
  readonly verify: 'all' | number;
  readonly decode: number;
  readonly undecodable: number;
}

/** Images one by one. */
export interface SeenImages {
  /** That the index knows. */
  readonly all: number;
  readonly verified: number;
  readonly missing: number;
  readonly altered: number;
  /** Tried to be compared with the index, without an answer. */
  readonly unverified: number;
  /** Tried to make a picture of, of those that hold one. */
  readonly tried: number;
  readonly damaged: number;
  /** Of those: of a kind that no decoder here knows. */
  readonly untold: number;
}

export interface Seen {
  readonly echoMs: number;
  readonly studies: number;
  readonly pictures: SeenImages;
  readonly came: { readonly study: FoundStudy; readonly received: number } | undefined;
}

/** What the next drill is compared with. */
export const DicomFacts = z.object({ studies: z.int(), images: z.int() });
export type DicomFacts = z.output<typeof DicomFacts>;
