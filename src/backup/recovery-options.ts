import { z } from 'zod';
import type { RecoveryTarget } from './postgres-files.ts';

export const moment = z.iso.datetime({ offset: true, error: 'expected a moment such as 2026-11-01T08:00:00Z' });
const position = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i, { error: 'expected a position in the log such as 0/3000060' });
const restorePoint = z.string().regex(/^[\w .:-]{1,63}$/, { error: 'expected the name of a restore point' });

/** Keys of every tool that keeps the write-ahead log of PostgreSQL. */
export const recoveryOptions = {
  target: z
    .union([
      z.literal('newest'),
      z.strictObject({ time: moment }),
      z.strictObject({ lsn: position }),
      z.strictObject({ name: restorePoint }),
    ])
    .optional()
    .meta({ description: 'How far to replay the log: newest (default), { time }, { lsn } or { name } of a restore point.' }),
  timeline: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Timeline to follow. Default: the newest that comes from the one of the backup.' }),
} satisfies z.ZodRawShape;

export interface RecoveryOptions {
  readonly target?: 'newest' | { readonly time: string } | { readonly lsn: string } | { readonly name: string };
  readonly timeline?: number;
}

/** The target of the plan as the contract with the service has it. */
export function targetOf({ target = 'newest' }: RecoveryOptions): RecoveryTarget {
  if (target === 'newest') return { to: 'newest' };
  if ('time' in target) return { to: 'time', at: target.time };
  return 'lsn' in target ? { to: 'lsn', lsn: target.lsn } : { to: 'name', name: target.name };
}
