import { join } from 'node:path';
import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { exists } from '../../system/files.ts';
import { findServer, type PostgresBinaries } from '../../system/postgres-binaries.ts';
import type { ToolVersion } from '../backup.ts';
import { DATA_AT } from '../postgres-files.ts';
import type { ToolResult } from '../../system/process.ts';
import { couldNot, restoredMounts } from '../restored-cluster.ts';
import type { Run } from './restore.ts';
import { WAL_FOLDER } from './staged.ts';

export interface Verified {
  readonly findings: readonly Finding[];
  readonly tools: readonly ToolVersion[];
}

/** Compares every file with the manifest, and reads the log of the backup: pg_verifybackup of the same major version, in the jail. */
export async function verify(run: Run, of: { readonly major: number; readonly hasWal: boolean }): Promise<Verified> {
  const server = await findServer(of.major);
  const file = join(server?.bin ?? '/nonexistent', 'pg_verifybackup');
  if (server?.kind !== 'system' || !(await exists(file)))
    return { findings: [finding('restore.tool-missing', 'inconclusive', { probe: 'restore', object: 'pg_verifybackup' })], tools: [] };
  const inArchive = !of.hasWal && run.handle.segments > 0;
  const result = await run.target.jail.run(
    {
      file,
      args: [...(inArchive ? ['--wal-directory', '/staged'] : []), '--', DATA_AT],
      mounts: [...restoredMounts(run.folder), ...(inArchive ? [{ from: join(run.staged.folder, WAL_FOLDER), at: '/staged' }] : [])],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    },
    run.stop,
  );
  return { findings: findingsOf(result, run), tools: toolsOf(server) };
}

function toolsOf({ version }: PostgresBinaries): readonly ToolVersion[] {
  return [{ name: 'pg_verifybackup', version }];
}

/** What it complains of, by its own sentences; the last one is for all that is not known. */
const COMPLAINTS: readonly (readonly [FindingCode, RegExp])[] = [
  ['backup.digest-mismatch', /checksum mismatch for file|has size \d+ on disk but size|manifest checksum mismatch/],
  ['backup.files-missing', /is present in the manifest but not on disk/],
  ['backup.wal-missing', /WAL parsing failed/],
  ['backup.extra-files', /is present on disk but not in the manifest/],
];

function findingsOf(result: ToolResult, { target, stop }: Run): readonly Finding[] {
  const hit = target.jail.limitHit();
  if (hit !== undefined || stop.aborted || result.exitCode === undefined)
    throw couldNot('pg_verifybackup did not come to its end', { result, hit });
  if (result.exitCode === 0) return [finding('backup.ok', 'passed', { probe: 'restore' })];
  target.toolLog('pg_verifybackup', result.stderr);
  const said = complaints(result.stderr);
  if (result.exitCode === 1 && said.length > 0) return said;
  const observed = `exit code ${result.exitCode}`;
  return [finding('restore.unknown-exit', 'inconclusive', { probe: 'restore', object: 'pg_verifybackup', observed })];
}

/** One finding per kind. Files that nobody listed are in the way of nobody. */
export function complaints(text: string): readonly Finding[] {
  const lines = text.split('\n').filter(line => line.startsWith('pg_verifybackup: error:'));
  return COMPLAINTS.flatMap(([code, pattern]) => {
    const observed = lines.filter(line => pattern.test(line)).length;
    const facts = { probe: 'restore', unit: 'files', expected: 0, observed };
    if (observed === 0) return [];
    return code === 'backup.extra-files' ? [finding(code, 'skipped', { ...facts, required: false })] : [finding(code, 'failed', facts)];
  });
}
