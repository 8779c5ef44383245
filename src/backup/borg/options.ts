import { z } from 'zod';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import { pathOption, secretOption } from '../../plan/values.ts';
import type { Reach } from '../backup.ts';

const names = (): z.ZodType<string[], string | string[]> =>
  z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform(given => (typeof given === 'string' ? [given] : given));

/** The keys of borg's `backup:` block beside those that every tool has. */
export const options = {
  repository: z
    .string()
    .regex(/^(?![a-z]+:\/\/|[^/]+@[^/]+:)/, {
      error: 'expected the folder of a repository: one on another machine must be mounted or copied here',
    })
    .pipe(pathOption())
    .meta({ description: 'Folder of the repository.' }),
  passphrase: secretOption().optional(),
  keyfile: secretOption()
    .optional()
    .meta({ description: 'The key, as `borg key export` writes it, if it is not kept in the repository: where it is kept.' }),
  host: names().optional().meta({ description: 'Only archives of this host, or of these.' }),
  archives: z.string().min(1).optional().meta({ description: 'Only archives whose names match, for example "ehr-*".' }),
  paths: names().optional().meta({ description: 'Folders that the newest archive must have saved.' }),
  rotation: z.int().min(1).max(1_000).default(7).meta({
    description: 'Everything in the repository is read once in so many drills, a part by each. Default 7; 1 reads all of it every time.',
  }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface BorgOptions {
  readonly repository: string;
  readonly passphrase?: SecretReference;
  readonly keyfile?: SecretReference;
  readonly host?: readonly string[];
  readonly archives?: string;
  readonly paths?: readonly string[];
  readonly rotation: number;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<BackupSection, 'options'>): BorgOptions {
  return section.options as unknown as BorgOptions;
}

/** The variables by which the secrets come: the key is then written to a file of its own, as borg wants it. */
export const PASSPHRASE = 'BORG_PASSPHRASE';
export const KEY = 'RESURGAM_BORG_KEY';

export function reach(section: BackupSection): Reach {
  const { repository, passphrase, keyfile } = readOptions(section);
  return {
    paths: [repository],
    network: false,
    secrets: { ...(passphrase === undefined ? {} : { [PASSPHRASE]: passphrase }), ...(keyfile === undefined ? {} : { [KEY]: keyfile }) },
  };
}
