import { z } from 'zod';
import { placeOption } from '../../plan/values.ts';
import { readPlace } from '../dump-files/place-options.ts';
import { moment } from '../recovery-options.ts';

/** The keys of a `backup:` block for binary logs that lead on from a backup. */
export const binlogOptions = {
  binlogs: placeOption('s3')
    .optional()
    .meta({ description: 'Folder into which the binary logs of the server are copied, or s3://bucket/prefix.' }),
  target: z
    .union([z.literal('newest'), z.strictObject({ time: moment })])
    .optional()
    .meta({ description: 'How far to replay the binary logs: newest (default) or { time }.' }),
} satisfies z.ZodRawShape;

export interface BinlogOptions {
  readonly binlogs?: string;
  readonly target?: 'newest' | { readonly time: string };
}

/** The plan's loader has validated them. */
export function readBinlogOptions(section: { readonly options: Readonly<Record<string, unknown>> }): BinlogOptions {
  return section.options;
}

/** For the server over a backup that binary logs follow: their statements count times in the zone of the source's machine. */
export function zoneNeeded(section: { readonly options: Readonly<Record<string, unknown>> }): { readonly zone?: string } {
  const { time } = readPlace(section);
  return readBinlogOptions(section).binlogs === undefined || time === undefined ? {} : { zone: time };
}
