import type { ToolResult } from '../../system/process.ts';
import { BackupError } from '../backup.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import type { JailCommand } from '../target.ts';

export const PROBE = 'restore';
/** Where the folder of the restore is in the jail. */
export const RESTORED_AT = '/restored';

export function inJail(run: Restoring, command: Pick<JailCommand, 'file' | 'args' | 'mounts' | 'stdout'>): Promise<ToolResult> {
  const env = { LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent', TMPDIR: RESTORED_AT };
  return run.target.jail.run({ ...command, env }, run.stop);
}

export function refuseIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
}
