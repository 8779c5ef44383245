import { z } from 'zod';
import { durationOption, pathOption, secretOption } from '../../plan/values.ts';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';

const part = z.string({ error: 'expected text' }).refine(text => !text.includes('\0'), { error: 'expected text without a zero byte' });

/** A program and its arguments. The program is a path, which may be relative to the plan's folder. */
const commandOption = (what: string) =>
  z
    .tuple([pathOption()], part, { error: 'expected a list: a program (its path), then its arguments' })
    .readonly()
    .meta({ description: what });

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of an environment variable' });

/** The keys of its `backup:` block beside those that every tool has. */
export const options = {
  list: commandOption('Prints the recovery points as one JSON object. May read everything and the network; cannot write.'),
  fetch: commandOption('Brings the bytes of one recovery point into the folder $RESURGAM_STAGED.'),
  restore: commandOption('Makes of the bytes in $RESURGAM_STAGED what is asked questions, without network and credentials.'),
  into: z.enum(['files', 'server']).default('files').meta({
    description:
      'files: `restore` fills the folder $RESURGAM_RESTORED. server: it fills the empty PostgreSQL server of PGHOST, PGUSER and PGDATABASE.',
  }),
  reads: z
    .array(pathOption())
    .default([])
    .meta({ description: 'Folders and files of this machine that `fetch` must see, besides the folders of the programs.' }),
  network: z.boolean().default(false).meta({ description: 'Whether `fetch` needs the network.' }),
  env: z
    .record(variable, secretOption())
    .default({})
    .meta({ description: 'Environment of `list` and `fetch`: variables and where their secrets are kept. `restore` gets none of them.' }),
  patience: durationOption()
    .optional()
    .meta({ description: 'How long `list` may take. Default 10m. The others end with the limits of the drill.' }),
} satisfies z.ZodRawShape;

export interface CommandOptions {
  readonly list: readonly [string, ...string[]];
  readonly fetch: readonly [string, ...string[]];
  readonly restore: readonly [string, ...string[]];
  readonly into: 'files' | 'server';
  readonly reads: readonly string[];
  readonly network: boolean;
  readonly env: Readonly<Record<string, SecretReference>>;
  readonly patience?: number;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<BackupSection, 'options'>): CommandOptions {
  return section.options as unknown as CommandOptions;
}
