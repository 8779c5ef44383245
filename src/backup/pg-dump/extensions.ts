import { finding, type Finding } from '../../finding/finding.ts';
import type { TargetServer } from '../target.ts';
import { identifierAt, matches, type Token } from './sql-statement.ts';

/** `CREATE EXTENSION [IF NOT EXISTS] x`. */
export function extensionMade(tokens: readonly Token[]): string | undefined {
  if (!matches(tokens, 0, 'create', 'extension')) return undefined;
  return identifierAt(tokens, matches(tokens, 2, 'if', 'not', 'exists') ? 5 : 2);
}

/** Those of the extensions that cannot be had on this server. Asked before the restore: without them no statement that needs one says why. */
export async function missingExtensions(server: TargetServer, wanted: ReadonlySet<string>): Promise<readonly string[]> {
  if (wanted.size === 0) return [];
  const rows = await server.sql('select name::text as name from pg_available_extensions');
  const there = new Set(rows.map(row => row['name']));
  return [...wanted].filter(name => !there.has(name));
}

export function extensionMissing(name: string): Finding {
  return finding('restore.extension-missing', 'inconclusive', { probe: 'restore', object: name });
}
