import { z } from 'zod';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import { pathOption, secretOption } from '../../plan/values.ts';
import { recoveryOptions, type RecoveryOptions } from '../recovery-options.ts';

const cipherPass = secretOption().optional().meta({ description: 'Where the passphrase (repo1-cipher-pass) of the repository is kept.' });

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  stanza: z
    .string()
    .regex(/^[\w.-]{1,64}$/, { error: 'expected the name of a stanza' })
    .meta({ description: 'Name of the stanza.' }),
  repository: pathOption().meta({ description: 'Folder of the repository (repo1-path).' }),
  cipherPass,
  further: z
    .array(z.strictObject({ repository: pathOption(), cipherPass }))
    .max(3)
    .optional()
    .meta({ description: 'Further repositories of the same stanza (repo2-path …): the newest backup of all of them is used.' }),
  verify: z.boolean().optional().meta({ description: 'Let `pgbackrest verify` read the whole repository in each drill. Default true.' }),
  ...recoveryOptions,
} satisfies z.ZodRawShape;

/** The validated block. */
export interface PgBackRestOptions extends RecoveryOptions {
  readonly stanza: string;
  readonly repository: string;
  readonly cipherPass?: SecretReference;
  readonly further?: readonly { readonly repository: string; readonly cipherPass?: SecretReference }[];
  readonly verify?: boolean;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<BackupSection, 'options'>): PgBackRestOptions {
  return section.options as unknown as PgBackRestOptions;
}

/** A repository with the number that it has for the tool. */
export interface Repository {
  readonly number: number;
  readonly path: string;
  readonly cipherPass: SecretReference | undefined;
}

export function repositoriesOf({ repository, cipherPass, further = [] }: PgBackRestOptions): readonly Repository[] {
  return [{ repository, cipherPass }, ...further].map((one, index) => ({
    number: index + 1,
    path: one.repository,
    cipherPass: one.cipherPass,
  }));
}

/** The variable from which pgBackRest itself reads the passphrase of a repository. */
export function passVariable(number: number): string {
  return `PGBACKREST_REPO${number}_CIPHER_PASS`;
}
