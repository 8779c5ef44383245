import type { PostgresFiles } from '../../backup/postgres-files.ts';
import type { ControlFile } from './control.ts';
import { CONFIG_AT, WAL_AT } from './restored-place.ts';

/** How the server recovers: our own settings and nothing of the backup's, which name programs of another machine. */
export function recoverySettings(
  files: PostgresFiles,
  ours: Readonly<Record<string, string>>,
  control: ControlFile | undefined,
): Record<string, string> {
  const { target, timeline } = files;
  return {
    config_file: `${CONFIG_AT}/postgresql.conf`,
    hba_file: `${CONFIG_AT}/pg_hba.conf`,
    ident_file: `${CONFIG_AT}/pg_ident.conf`,
    // Nobody is let in before the end: what is asked is asked of a recovered cluster, and lower settings than the source's stop nothing.
    hot_standby: 'off',
    restore_command: `cp ${WAL_AT}/%f "%p"`,
    recovery_target_action: 'promote',
    recovery_target_timeline: timeline === null ? 'current' : String(timeline),
    ...targetSettings(target),
    ...atLeast(ours, control?.settings ?? {}),
  };
}

function targetSettings(target: PostgresFiles['target']): Record<string, string> {
  if (target.to === 'consistent') return { recovery_target: 'immediate' };
  if (target.to === 'time') return { recovery_target_time: withOffset(target.at) };
  if (target.to === 'lsn') return { recovery_target_lsn: target.lsn };
  return target.to === 'name' ? { recovery_target_name: target.name } : {};
}

/** As a server understands it before it has loaded the names of zones, of which Z is one. */
function withOffset(moment: string): string {
  return new Date(moment).toISOString().replace('T', ' ').replace('Z', '+00');
}

/** The larger of both. */
function atLeast(ours: Readonly<Record<string, string>>, source: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(source).map(([name, value]) => [name, String(Math.max(Number(value), Number(ours[name] ?? 0)))]),
  );
}
