import { z } from 'zod';
import { probeSchema } from './probe-schema.ts';
import { durationOption, percentOption, secretOption, sizeOption } from './values.ts';
import type { Vocabulary } from './vocabulary.ts';
import { nameOption, oneOf } from './words.ts';

const count = z.int({ error: 'expected a whole number from 1' }).min(1).max(1000).optional();

const JobKeys = z
  .strictObject({
    every: durationOption(),
    grace: durationOption().optional().describe('How late a backup may be. Default: a quarter of `every`'),
    takes: durationOption().optional().describe('How long one backup takes'),
    arrives: durationOption().optional().describe('How long it then takes until the copy can be used'),
  })
  .describe('What the backup job promises');

const BackupKeys = z.object({
  job: JobKeys.optional(),
  size: z
    .strictObject({
      atLeast: sizeOption().optional(),
      shrink: percentOption().optional().describe('So much smaller than the one before is a finding'),
      grow: percentOption().optional().describe('So much larger than the one before is a finding'),
    })
    .optional(),
  copies: z.strictObject({ atLeast: count, offSite: count, locked: count }).optional(),
  encrypted: oneOf(['required', 'optional']).default('optional'),
  site: nameOption('the name of a site')
    .optional()
    .describe(
      'Where the store stands, for `drill --without site:NAME`. Default: a folder at the site of the plan, any other store at none',
    ),
});

const ServiceKeys = z.object({
  version: z.int({ error: 'expected a whole number, the major version, such as 15' }).min(1).max(9999).optional(),
});

const script = z
  .string({ error: 'expected a script such as runbooks/recovery/start-openemr.ts' })
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+\.(?:ts|mts|js|mjs)$/, {
    error: 'expected a script such as runbooks/recovery/start-openemr.ts',
  });
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected a name of letters, digits and _' });

const runbookOption = z.union(
  [
    script.transform(path => ({ script: path, with: {}, secrets: {} })),
    z.strictObject({
      script,
      with: z
        .record(variable, z.union([z.string(), z.number(), z.boolean()]))
        .default({})
        .describe('Values for its steps'),
      secrets: z.record(variable, secretOption()).default({}).describe('Where the secrets are that its steps need'),
    }),
  ],
  { error: 'expected a script, or { script, with, secrets }' },
);

/** The keys that every tool has; its own ones stand beside them. */
export type BackupInput = z.output<typeof BackupKeys> & { readonly tool: string } & Record<string, unknown>;
export type ServiceInput = z.output<typeof ServiceKeys> & { readonly engine: string } & Record<string, unknown>;

/** Names of the keys that are not a tool's (an engine's) own. */
export const BACKUP_KEYS: ReadonlySet<string> = new Set(['tool', ...Object.keys(BackupKeys.shape)]);
export const SERVICE_KEYS: ReadonlySet<string> = new Set(['engine', ...Object.keys(ServiceKeys.shape)]);

/** One recoverable part of a system. */
export function componentSchema(vocabulary: Vocabulary) {
  return z.strictObject({
    needs: z.array(nameOption('the name of a component')).default([]).describe('Components that must be there before it'),
    backup: backupSchema(vocabulary).optional(),
    service: serviceSchema(vocabulary).optional(),
    runbook: runbookOption.optional().describe('Steps that make it run, as a script'),
    limits: z
      .strictObject({ memory: sizeOption().optional(), disk: sizeOption().optional() })
      .optional()
      .describe('Its own part of the limits of the drill. Without it: an equal part of what the others leave'),
    probes: z
      .array(probeSchema(vocabulary))
      .optional()
      .describe('Questions asked of what came back. Without the key: all that the engine offers, with their defaults'),
  });
}

/** What made the backup, with the tool's own keys. */
function backupSchema(vocabulary: Vocabulary): z.ZodType<BackupInput> {
  const common = BackupKeys.shape;
  const kinds = vocabulary.backupTools.map(tool => z.strictObject({ tool: z.literal(tool.name), ...tool.options, ...common }));
  return choice<BackupInput>('tool', kinds).describe('What made the backup, and what is expected of it');
}

/** What runs once it is restored, with the engine's own keys. */
function serviceSchema(vocabulary: Vocabulary): z.ZodType<ServiceInput> {
  const common = ServiceKeys.shape;
  const kinds = vocabulary.services.map(service => z.strictObject({ engine: z.literal(service.engine), ...service.options, ...common }));
  return choice<ServiceInput>('engine', kinds).describe('What runs in the sandbox. Without it: the engine of the backup tool');
}

/** One strict object per word of the vocabulary, told apart by `key`. */
function choice<T>(key: string, kinds: readonly z.ZodObject[]): z.ZodType<T> {
  const [first, ...rest] = kinds;
  if (first === undefined) return z.never();
  return z.discriminatedUnion(key, [first, ...rest] as [z.ZodObject, ...z.ZodObject[]]) as unknown as z.ZodType<T>;
}
