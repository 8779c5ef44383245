import { z } from 'zod';

/** How the files of a source are laid out: without the same settings nobody can read them. Nothing else of its settings is taken over. */
const LAYOUT = {
  innodb_page_size: z.enum(['4096', '8192', '16384', '32768', '65536']),
  innodb_data_file_path: z
    .string()
    .regex(/^\w{1,64}:\d{1,8}[KMG]?(?:;\w{1,64}:\d{1,8}[KMG]?){0,20}(?::autoextend(?::max:\d{1,8}[KMG]?)?)?$/),
  innodb_undo_tablespaces: z.string().regex(/^\d{1,3}$/),
  innodb_checksum_algorithm: z.enum(['crc32', 'full_crc32', 'strict_crc32', 'strict_full_crc32']),
} satisfies z.ZodRawShape;
export type LayoutSetting = keyof typeof LAYOUT;
export const LAYOUT_SETTINGS = Object.keys(LAYOUT) as readonly LayoutSetting[];
export const LayoutSettings = z.strictObject(LAYOUT).partial();
export type LayoutSettings = z.output<typeof LayoutSettings>;

/** As settings of a program. */
export function layoutArguments(settings: LayoutSettings): Readonly<Record<string, string>> {
  return Object.fromEntries(LAYOUT_SETTINGS.flatMap(name => (settings[name] === undefined ? [] : [[name, settings[name]] as const])));
}

/** The keys of encrypted tables: a file of lines `number;key` below the staging folder, as file_key_management reads it. */
export const TableKeys = z.strictObject({
  file: z.string().regex(/^[a-z]+$/),
  algorithm: z.enum(['aes_cbc', 'aes_ctr']),
});
export type TableKeys = z.output<typeof TableKeys>;

/** Of which schemas the events of binary logs are. */
export const BinlogSchemas = z.strictObject({
  /** Names of those that are changed, without those that the logs make. */
  changed: z.array(z.string()).max(1_000),
  /** Statements that are run in another schema, or in none, may change the one that the backup holds; or one changes it and another together. */
  crossing: z.boolean(),
  /** Statements are run in no schema, and do not name that one either. */
  elsewhere: z.boolean(),
  /** Statements count their times in the zone of their server's machine. */
  zoned: z.boolean(),
});
export type BinlogSchemas = z.output<typeof BinlogSchemas>;

/** Binary logs to replay over them, proved to follow one another. */
export const BinlogFiles = z.strictObject({
  /** Below the staging folder, in order. */
  files: z.array(z.string().regex(/^binlogs\/\d{6,10}$/)).min(1),
  /** Position in the first of them. */
  start: z.int().min(4),
  /** The last transaction of each server in each domain before that: `domain-server-number`. */
  before: z.array(z.string()),
  /** Position in the last of them; `null`: to its end. */
  stop: z.int().min(4).nullable(),
  /** When the last transaction was committed that is to be replayed. `null`: there is none. */
  lastAt: z.iso.datetime().nullable(),
  /** `false`: they end before the moment that the plan recovers to. */
  reachesTarget: z.boolean(),
  schemas: BinlogSchemas,
});
export type BinlogFiles = z.output<typeof BinlogFiles>;

/** Files of a MariaDB server as a backup tool restored them: what the service must know to start over them (`Restored.layout`). */
export const MariadbFiles = z.strictObject({
  engine: z.literal('mariadb'),
  settings: LayoutSettings,
  keys: TableKeys.nullable(),
  binlogs: BinlogFiles.nullable(),
});
export type MariadbFiles = z.output<typeof MariadbFiles>;

/** What is still to be done over a dump that was restored (`Restored.layout`). */
export const MariadbFollowed = z.strictObject({
  engine: z.literal('mariadb'),
  binlogs: BinlogFiles,
  /** Of the schema alone to which the dump belongs; `null`: all that is in them. */
  only: z.string().min(1).nullable(),
});
export type MariadbFollowed = z.output<typeof MariadbFollowed>;

/** Reads tables with keys out of a file; with Debian's server. */
const KEY_PLUGIN = 'file_key_management';

/** What a server or mariabackup needs to read tables with these keys, which lie at `at` in its jail. */
export function keySettings(keys: TableKeys | null, at: string): Readonly<Record<string, string>> {
  if (keys === null) return {};
  return {
    plugin_load: `${KEY_PLUGIN}=${KEY_PLUGIN}`,
    file_key_management_filename: at,
    file_key_management_encryption_algorithm: keys.algorithm,
  };
}
