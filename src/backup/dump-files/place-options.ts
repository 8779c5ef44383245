import { z } from 'zod';
import { placeOption, secretOption } from '../../plan/values.ts';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import type { Reach } from '../backup.ts';
import { isZone } from '../created.ts';

/** Where dumps are kept, and how to get at them: keys of a plan that every tool with files in a folder or a bucket has. */
export const placeOptions = {
  from: placeOption('s3').meta({ description: 'Folder (or one file) of dumps, or s3://bucket/prefix.' }),
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

/** The validated keys. */
export interface PlaceOptions {
  readonly from: string;
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
export function readPlace(section: Pick<BackupSection, 'options'>): PlaceOptions {
  return section.options as unknown as PlaceOptions;
}

/** `s3://bucket/prefix` in its parts, or undefined for a path. */
export function bucketOf(place: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(place);
  return match === null ? undefined : { bucket: match[1] ?? '', prefix: match[2] ?? '' };
}

/** What looking at these places must reach. */
export function reachOf(places: readonly string[], { credentials }: PlaceOptions): Reach {
  const secrets: Record<string, SecretReference> = {};
  if (credentials !== undefined) {
    secrets['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
    secrets['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
    if (credentials.sessionToken !== undefined) secrets['AWS_SESSION_TOKEN'] = credentials.sessionToken;
  }
  return {
    paths: places.filter(place => bucketOf(place) === undefined),
    network: places.some(place => bucketOf(place) !== undefined),
    secrets,
  };
}
