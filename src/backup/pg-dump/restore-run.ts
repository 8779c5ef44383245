import { join } from 'node:path';
import { BackupError, type Staged, type ToolVersion } from '../backup.ts';
import type { JailCommand, Mount, RestoreTarget, TargetServer } from '../target.ts';
import { STAGED_AT, type Restoring } from '../dump-files/read-script.ts';
import { readHandle, type PgDumpHandle } from './handle.ts';

/** Where the work folder is in the jail. */
export const WORK_AT = '/work';

export type Client = TargetServer['clients'][number];

/** One restore on its way. */
export interface RestoreRun extends Restoring {
  readonly handle: PgDumpHandle;
  readonly server: TargetServer;
  readonly client: Client;
}

/** What is needed besides the bytes. `undefined` client: none is installed. Throws BackupError for what is not the backup's fault. */
export function beginRun(staged: Staged, target: RestoreTarget, stop: AbortSignal): RestoreRun | undefined {
  const { server } = target;
  if (server === undefined)
    throw new BackupError('tool-failed', 'there is no server to restore into', { hint: 'Report this: a server is prepared first.' });
  const handle = readHandle(staged.handle);
  const client = chooseClient(server.clients, majorOf(handle.dumpVersion));
  return client === undefined ? undefined : { staged, handle, target, server, client, stop };
}

/** The same major as the pg_dump that wrote it, else the next newer one, else the newest there is. */
function chooseClient(clients: TargetServer['clients'], dumped: number | undefined): Client | undefined {
  const rising = [...clients].sort((a, b) => a.major - b.major);
  return rising.find(client => dumped !== undefined && client.major >= dumped) ?? rising.at(-1);
}

export function majorOf(version: string | null): number | undefined {
  const major = /^\d+/.exec(version ?? '')?.[0];
  return major === undefined ? undefined : Number(major);
}

export function toolsOf(run: RestoreRun): readonly ToolVersion[] {
  return [{ name: run.handle.format === 'plain' ? 'psql' : 'pg_restore', version: run.client.version }];
}

/** A client program in the jail: it sees the server's socket and the staged bytes, and nothing else. */
export function clientCommand(run: RestoreRun, program: 'psql' | 'pg_restore', args: readonly string[]): JailCommand {
  return {
    file: join(run.client.bin, program),
    args,
    env: { ...run.server.clientEnv },
    mounts: [...run.client.mounts, ...run.server.clientMounts, stagedMount(run)],
  };
}

export function stagedMount(run: RestoreRun): Mount {
  return { from: run.staged.folder, at: STAGED_AT };
}

/** Throws BackupError `stopped` if a person or the time limit ended the drill: nothing more is said then. */
export function refuseIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
}

/** A finding about data that were there before would be worth nothing. Throws BackupError. */
export async function refuseIfNotEmpty(server: TargetServer): Promise<void> {
  const rows = await server.sql(
    `select count(*) as n from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  if (rows[0]?.['n'] === 0) return;
  throw new BackupError('tool-failed', 'the database to restore into is not empty', { hint: 'Restore into a new sandbox.' });
}
