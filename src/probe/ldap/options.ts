import { z } from 'zod';
import type { RestoredDirectory } from '../../service/service.ts';
import type { Question } from '../probe.ts';

/** The value of a plan once its loader has validated it. */
export const LdapOptions = z.object({
  fewer: z.number().optional(),
  base: z.string().optional(),
  filter: z.string().optional(),
  scope: z.enum(['base', 'one', 'sub']).optional(),
  atLeast: z.number().optional(),
  entry: z.string().optional(),
  attributes: z.record(z.string(), z.union([z.literal(true), z.string(), z.array(z.string())])).optional(),
  bind: z.string().optional(),
  password: z.unknown().optional(),
});
export type LdapOptions = z.output<typeof LdapOptions>;

export interface Asking {
  readonly question: Question;
  readonly directory: RestoredDirectory;
  readonly stop: AbortSignal;
}
