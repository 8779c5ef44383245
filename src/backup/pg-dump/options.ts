import { z } from 'zod';
import { placeOption, secretOption } from '../../plan/values.ts';
import type { SecretReference } from '../../plan/plan.ts';
import { isZone } from '../created.ts';

/** The keys of pg_dump's `backup:` block beside those that every tool has. */
export const options = {
  from: placeOption('s3').meta({ description: 'Folder (or one file) of dumps, or s3://bucket/prefix.' }),
  globals: placeOption('s3')
    .optional()
    .meta({ description: 'Output of pg_dumpall --globals-only. Found by itself if it lies among the dumps.' }),
  roles: z
    .enum(['required', 'optional'])
    .optional()
    .meta({ description: 'required: a dump whose roles are in no backup fails. Default optional: it is told, and decides nothing.' }),
  database: z.string().min(1).optional().meta({ description: 'Name of the database that the dumps must be of.' }),
  pattern: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Only files whose path below `from` matches, for example "ehr-*.dump" or "**/ehr/*".' }),
  time: z
    .string()
    .refine(isZone, { error: 'expected a time zone such as UTC or Europe/Berlin' })
    .optional()
    .meta({ description: 'Time zone of the machine that dumps: an archive holds its local time without a zone.' }),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'Address of an object store other than AWS.' }),
  region: z.string().min(1).optional().meta({ description: 'Region of the bucket. Default us-east-1.' }),
  pathStyle: z
    .boolean()
    .optional()
    .meta({ description: 'Bucket in the path instead of the host name. Default: with an endpoint yes, else no.' }),
  credentials: z
    .strictObject({ accessKeyId: secretOption(), secretAccessKey: secretOption(), sessionToken: secretOption().optional() })
    .optional()
    .meta({ description: 'Where the keys of the bucket are kept.' }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface PgDumpOptions {
  readonly from: string;
  readonly globals?: string;
  readonly roles?: 'required' | 'optional';
  readonly database?: string;
  readonly pattern?: string;
  readonly time?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly credentials?: {
    readonly accessKeyId: SecretReference;
    readonly secretAccessKey: SecretReference;
    readonly sessionToken?: SecretReference;
  };
}

/** The plan's loader has validated them. */
export function readOptions(section: { readonly options: Readonly<Record<string, unknown>> }): PgDumpOptions {
  return section.options as unknown as PgDumpOptions;
}

/** `s3://bucket/prefix` in its parts, or undefined for a path. */
export function bucketOf(place: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(place);
  return match === null ? undefined : { bucket: match[1] ?? '', prefix: match[2] ?? '' };
}
