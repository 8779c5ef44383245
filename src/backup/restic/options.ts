import { z } from 'zod';
import type { BackupSection, SecretReference } from '../../plan/plan.ts';
import { pathOption, secretOption } from '../../plan/values.ts';
import type { Reach } from '../backup.ts';
import type { SnapshotFilter } from '../snapshot.ts';

const REMOTE = /^(?:s3|rest|b2|azure|gs|swift):./;
const EXPECTED = 'expected a folder, or a repository of restic beginning with s3:, rest:, b2:, azure:, gs: or swift:';
const WITHOUT_PASSWORD = 'expected an address without a password in it: give it by `env:`, or serve the repository without one';

/** As restic names it; a folder becomes an absolute path. */
function repositoryOption(): z.ZodType<string, string> {
  const remote = z
    .string()
    .regex(REMOTE)
    .refine(text => !/:\/\/[^/@]*:[^/@]*@/.test(text), { error: WITHOUT_PASSWORD });
  const folder = z
    .string({ error: EXPECTED })
    .regex(/^(?![a-z0-9]+:)/, { error: EXPECTED })
    .pipe(pathOption());
  return z.string({ error: EXPECTED }).transform((text, context) => {
    const read = (REMOTE.test(text) ? remote : folder).safeParse(text);
    if (read.success) return read.data;
    context.addIssue({ code: 'custom', message: read.error.issues[0]?.message ?? EXPECTED });
    return z.NEVER;
  });
}

const names = (): z.ZodType<string[], string | string[]> =>
  z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform(given => (typeof given === 'string' ? [given] : given));

/** The keys of restic's `backup:` block beside those that every tool has. */
export const options = {
  repository: repositoryOption().meta({
    description: 'Folder of the repository, or its address as restic takes it (s3:https://host/bucket/path).',
  }),
  password: secretOption(),
  host: names().optional().meta({ description: 'Only snapshots of this host, or of these.' }),
  tags: names().optional().meta({ description: 'Only snapshots with all of these tags.' }),
  paths: names().optional().meta({ description: 'Folders that each snapshot must have saved: one that lacks any of them is bad.' }),
  cacert: pathOption().optional().meta({ description: 'Certificates (PEM) that the server of the repository is checked by.' }),
  env: z
    .record(
      z.string().regex(/^(?!RESTIC_|PATH$|HOME$|LD_)[A-Z][A-Z0-9_]*$/, {
        error: 'expected the name of a variable of restic’s storage, such as AWS_ACCESS_KEY_ID',
      }),
      secretOption(),
    )
    .optional()
    .meta({ description: 'Variables with the credentials of the storage, such as AWS_ACCESS_KEY_ID: where each of them is kept.' }),
  rotation: z.int().min(1).max(256).default(7).meta({
    description: 'Everything in the repository is read once in so many drills, a part by each. Default 7; 1 reads all of it every time.',
  }),
} satisfies z.ZodRawShape;

/** The validated block. */
export interface ResticOptions {
  readonly repository: string;
  readonly password: SecretReference;
  readonly host?: readonly string[];
  readonly tags?: readonly string[];
  readonly paths?: readonly string[];
  readonly cacert?: string;
  readonly env?: Readonly<Record<string, SecretReference>>;
  readonly rotation: number;
}

/** The plan's loader has validated them. */
export function readOptions(section: Pick<BackupSection, 'options'>): ResticOptions {
  return section.options as unknown as ResticOptions;
}

export function filterOf({ host, tags, paths }: ResticOptions): SnapshotFilter {
  return { hosts: host ?? [], tags: tags ?? [], paths: paths ?? [] };
}

/** The variable by which restic takes the password: never an argument. */
export const PASSWORD = 'RESTIC_PASSWORD';

export function isFolder(repository: string): boolean {
  return !REMOTE.test(repository);
}

export function reach(section: BackupSection): Reach {
  const { repository, password, cacert, env } = readOptions(section);
  return {
    paths: [...(isFolder(repository) ? [repository] : []), ...(cacert === undefined ? [] : [cacert])],
    network: !isFolder(repository),
    secrets: { ...env, [PASSWORD]: password },
  };
}
