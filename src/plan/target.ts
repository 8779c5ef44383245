import { dirname } from 'node:path';
import { z } from 'zod';
import { explaining } from './explaining.ts';
import { problemsOf } from './issue.ts';
import type { Problem } from './plan.ts';
import { pathOption, withPlanFolder } from './values.ts';
import { nameOption, textOption } from './words.ts';
import { readYaml, type SourceFile } from './yaml.ts';

const Server = z.strictObject({
  socket: pathOption().describe('Folder of the socket of a PostgreSQL server of this machine'),
  port: portOption(5432),
  user: textOption('the name of its superuser').default('postgres').describe('Let in without a password'),
  database: textOption('the name of a database').describe('Is there, and is empty'),
});

const Cluster = z.strictObject({
  folder: pathOption().describe('Its data folder: empty, or not there yet'),
  owner: ownerOption('postgres'),
  port: portOption(5432),
  socket: pathOption().default('/run/postgresql').describe('Folder in which it makes its socket'),
  tablespaces: pathOption().optional().describe('Folder for its tablespaces, if it has some; without it <folder>.tablespaces'),
});
export type ClusterPlace = z.output<typeof Cluster>;

const Directory = z.strictObject({
  folder: pathOption().describe('For settings and data of an LDAP server: empty, or not there yet'),
  owner: ownerOption('openldap'),
  port: portOption(389).describe('On which it listens on 127.0.0.1'),
});
export type DirectoryPlace = z.output<typeof Directory>;

/** A path as it can stand in a file of settings: MariaDB takes what is left out here for a comment, an escape or the end of a value. */
function settingPath() {
  return pathOption().refine(path => !/[#"'\\\p{Cc}]/u.test(path), { error: 'expected a path without quotes, backslashes and #' });
}

const Instance = z.strictObject({
  folder: settingPath().describe('Its data folder: empty, or not there yet'),
  owner: ownerOption('mysql'),
  port: portOption(3306).describe('On which it listens on 127.0.0.1'),
  socket: settingPath().default('/run/mysqld/mysqld.sock').describe('The socket that it makes'),
  keys: settingPath().optional().describe('For encrypted tables: the file of their keys, which its owner can read'),
  database: textOption('the name of a database', 64)
    .refine(name => !/^-|^(?:mysql|sys|information_schema|performance_schema)$|[/\\.]/i.test(name), {
      error: 'expected the name of a new database',
    })
    .optional()
    .describe('For a dump that names none; without it restored, as in drills'),
});
export type InstancePlace = z.output<typeof Instance>;

const Place = z
  .strictObject({
    folder: pathOption().optional().describe('For files: a folder that is empty or not there yet'),
    server: Server.optional().describe('For dumps of PostgreSQL'),
    cluster: Cluster.optional().describe('For physical backups of PostgreSQL: a server of its own'),
    instance: Instance.optional().describe('For backups of MariaDB: a server of its own'),
    directory: Directory.optional().describe('For exports of LDAP directories: a server of its own'),
    here: z.literal(true, { error: 'expected true' }).optional().describe('For applications: their steps are executed on this machine'),
  })
  .refine(place => Object.values(place).filter(one => one !== undefined).length === 1, {
    error: 'expected one of folder:, server:, cluster:, instance:, directory: or here: true',
  });

function portOption(usual: number) {
  return z.int({ error: 'expected a port from 1 to 65535' }).min(1).max(65_535).default(usual);
}

function ownerOption(usual: string) {
  return textOption('the name of an account of this machine', 64).default(usual).describe('Account that owns it and runs it');
}

/** Where the components of a plan are recovered to when it is no drill: a file that a person writes for one recovery. */
export const Target = z.strictObject({
  target: nameOption('a name for this place').describe('Stands in the evidence'),
  components: z.record(nameOption('the name of a component of the plan'), Place),
});
export type Target = z.output<typeof Target>;
export type TargetPlace = z.output<typeof Place>;

/** A target from the bytes of its file. There is one exactly if there is no problem. */
export function loadTarget(source: SourceFile): { readonly target?: Target; readonly problems: readonly Problem[] } {
  const { yaml, problems } = readYaml(source);
  if (yaml === undefined) return { problems };
  const parsed = withPlanFolder(dirname(source.file), () => Target.safeParse(yaml.value, explaining));
  return parsed.success ? { target: parsed.data, problems: [] } : { problems: problemsOf(parsed.error.issues, yaml) };
}

/** JSON Schema of a target, for editors. */
export function targetJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(Target.meta({ title: 'Resurgam target' }), { io: 'input', unrepresentable: 'any' });
}
