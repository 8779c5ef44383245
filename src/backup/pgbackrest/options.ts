import { z } from 'zod';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import { pathOption, placeOption, secretOption } from '../../plan/values.ts';
import { placeOptions, type PlaceOptions } from '../dump-files/place-options.ts';
import { recoveryOptions, type RecoveryOptions } from '../recovery-options.ts';

/** The keys of one repository. pgBackRest reaches buckets by TLS alone. */
const place = {
  repository: placeOption('s3').meta({ description: 'Folder of the repository (repo1-path), or s3://bucket/prefix.' }),
  cipherPass: secretOption().optional().meta({ description: 'Where the passphrase (repo1-cipher-pass) of the repository is kept.' }),
  endpoint: z
    .url({ protocol: /^https$/ })
    .optional()
    .meta({ description: 'Address of an object store other than AWS, https:// only.' }),
  ca: pathOption().optional().meta({ description: 'Certificates (PEM) by which the endpoint is known, if the machine does not know it.' }),
  region: placeOptions.region,
  pathStyle: placeOptions.pathStyle,
  credentials: placeOptions.credentials,
} satisfies z.ZodRawShape;

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  stanza: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'expected the name of a stanza' })
    .meta({ description: 'Name of the stanza.' }),
  ...place,
  further: z
    .array(z.strictObject(place))
    .max(3)
    .optional()
    .meta({ description: 'Further repositories of the same stanza (repo2-path …): the newest backup of all of them is used.' }),
  verify: z.boolean().optional().meta({ description: 'Let `pgbackrest verify` read the whole repository in each drill. Default true.' }),
  ...recoveryOptions,
} satisfies z.ZodRawShape;

interface RepositoryOptions {
  readonly repository: string;
  readonly cipherPass?: SecretReference;
  readonly endpoint?: string;
  readonly ca?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly credentials?: PlaceOptions['credentials'];
}

/** The validated block. */
export interface PgBackRestOptions extends RecoveryOptions, RepositoryOptions {
  readonly stanza: string;
  readonly further?: readonly RepositoryOptions[];
  readonly verify?: boolean;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<BackupSection, 'options'>): PgBackRestOptions {
  return section.options as unknown as PgBackRestOptions;
}

/** A repository with the number that it has for the tool. */
export interface Repository extends RepositoryOptions {
  readonly number: number;
}

export function repositoriesOf({ further = [], ...first }: PgBackRestOptions): readonly Repository[] {
  return [first, ...further].map((one, index) => ({ ...one, number: index + 1 }));
}

/** The variable from which pgBackRest itself reads an option of a repository. */
export function variable(number: number, option: string): string {
  return `PGBACKREST_REPO${number}_${option}`;
}

/** The variable from which pgBackRest itself reads the passphrase of a repository. */
export function passVariable(number: number): string {
  return variable(number, 'CIPHER_PASS');
}

/** Every secret of a repository by the variable from which pgBackRest reads it. */
export function secretsOf({ number, cipherPass, credentials }: Repository): Readonly<Record<string, SecretReference>> {
  return {
    ...(cipherPass === undefined ? {} : { [passVariable(number)]: cipherPass }),
    ...(credentials === undefined ? {} : { [variable(number, 'S3_KEY')]: credentials.accessKeyId }),
    ...(credentials === undefined ? {} : { [variable(number, 'S3_KEY_SECRET')]: credentials.secretAccessKey }),
    ...(credentials?.sessionToken === undefined ? {} : { [variable(number, 'S3_TOKEN')]: credentials.sessionToken }),
  };
}
