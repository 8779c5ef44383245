import { join } from 'node:path';
import { keySettings, type TableKeys } from '../../backup/mariadb-files.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile, writeFile } from '../../system/files.ts';
import type { OpenRequest, RunningService } from '../service.ts';
import { CONFIG_AT } from './place.ts';
import { quoted } from './quoted.ts';

const KEYS = 'keys';
/** What InnoDB says of the version of a key that it does not have. */
const NO_VERSION = 4_294_967_295;

/** Puts the keys of encrypted tables where the server finds them; the settings that say so. */
export async function furnishKeys(
  { staged, jail }: OpenRequest,
  at: { readonly config: string; readonly keys: TableKeys | null },
): Promise<Readonly<Record<string, string>>> {
  if (at.keys === null) return {};
  const path = join(at.config, KEYS);
  await writeFile(path, await readFile(join(staged.folder, at.keys.file)), { mode: 0o600 });
  await jail.own(path);
  return keySettings(at.keys, `${CONFIG_AT}/${KEYS}`);
}

/** By number of key: how many tables need it, and one or two of them to try it. Names in files are the server's but for `@` and `#`. */
const IN_USE = `
  select current_key_id as number, count(*) as files,
         min(if(name regexp '^[^/@#]+/[^/@#]+$', name, null)) as first, max(if(name regexp '^[^/@#]+/[^/@#]+$', name, null)) as last
  from information_schema.innodb_tablespaces_encryption
  where encryption_scheme > 0 and min_key_version > 0 and current_key_version <> ${NO_VERSION} group by current_key_id`;

/** A server starts with wrong keys of its tables too, and calls the tables corrupt: their pages were found sound before. */
export async function withKeysTried(running: RunningService, keys: TableKeys | null): Promise<RunningService> {
  if (!running.ready || keys === null) return running;
  const findings: Finding[] = [];
  for (const row of await running.sql(IN_USE)) {
    if (await opens(running, [row['first'], row['last']])) continue;
    const facts = { probe: 'restore', object: `key ${String(row['number'])}`, observed: Number(row['files']) };
    findings.push(finding('restore.table-key-wrong', 'failed', facts));
  }
  return { ...running, findings: [...running.findings, ...findings] };
}

/** One table that can be read proves the key. */
async function opens(running: RunningService, names: readonly unknown[]): Promise<boolean> {
  const tables = names.filter(name => typeof name === 'string').map(name => name.split('/').map(quoted).join('.'));
  for (const table of tables) {
    try {
      await running.sql(`select 1 from ${table} limit 1`);
      return true;
    } catch {
      // Of one table nothing follows: its file may be damaged.
    }
  }
  return tables.length === 0;
}
