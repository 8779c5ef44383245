import { finding, type Finding } from '../finding/finding.ts';
import type * as files from '../system/files.ts';
import type { ToolResult } from '../system/process.ts';
import { BackupError } from './backup.ts';
import { DATA_AT, TABLESPACES_AT } from './postgres-files.ts';
import type { LimitHit, Mount, RestoreTarget } from './target.ts';

/** Files of a cluster on their way from the staging folder to where a server will run over them. */
export interface ClusterPlaces {
  /** Host folder in which `base` and perhaps `tablespaces` were staged. */
  readonly staging: string;
  /** Host folder of the restore. */
  readonly folder: string;
  /** Numbers of its tablespaces. */
  readonly tablespaces: readonly string[];
  readonly target: RestoreTarget;
  readonly stop: AbortSignal;
}

/** The staged trees become the restored ones: both lie in the drill's own folder, so that no byte is copied twice. */
export async function takeTrees(
  { staging, folder, target }: ClusterPlaces,
  { rename, exists, mkdir }: Pick<typeof files, 'rename' | 'exists' | 'mkdir'>,
): Promise<void> {
  await rename(`${staging}/base`, `${folder}/data`);
  if (await exists(`${staging}/tablespaces`)) await rename(`${staging}/tablespaces`, `${folder}/tablespaces`);
  else await mkdir(`${folder}/tablespaces`, { mode: 0o700 });
  await target.jail.own(folder);
}

/** What a restored cluster says of itself. */
export interface ClusterFaces {
  readonly major: number | undefined;
  readonly hasLabel: boolean;
  /** Segments lie in `pg_wal`. */
  readonly hasWal: boolean;
}

/** Folders that every server has and many a copy of files loses, because they are empty. */
const EMPTY = 'pg_commit_ts pg_dynshmem pg_notify pg_replslot pg_serial pg_snapshots pg_stat pg_stat_tmp pg_subtrans pg_tblspc pg_twophase';

const ORDER = `set -eu
cd ${DATA_AT}
chmod 0700 .
if [ -L pg_wal ]; then rm -- pg_wal; fi
mkdir -p pg_wal/archive_status ${EMPTY}
for number in "$@"; do rm -rf -- "pg_tblspc/$number"; ln -s "${TABLESPACES_AT}/$number" "pg_tblspc/$number"; done
if [ -f PG_VERSION ] && [ ! -L PG_VERSION ]; then printf 'version '; head -c 16 PG_VERSION; echo; fi
if [ -f backup_label ]; then echo label; fi
if ls pg_wal | grep -Eq '^[0-9A-F]{24}$'; then echo wal; fi
`;

/** Where the server will see the restored files. */
export function restoredMounts(folder: string, write = false): readonly Mount[] {
  return [
    { from: `${folder}/data`, at: DATA_AT, write },
    { from: `${folder}/tablespaces`, at: TABLESPACES_AT, write },
  ];
}

/** Links to the tablespaces, folders that are empty, modes: in the jail, because what lies there is hostile. */
export async function putInOrder({ target, folder, tablespaces, stop }: ClusterPlaces): Promise<ClusterFaces> {
  const result = await target.jail.run(
    { file: '/bin/sh', args: ['-c', ORDER, 'sh', ...tablespaces], mounts: restoredMounts(folder, true) },
    stop,
  );
  if (result.exitCode !== 0) throw couldNot('the restored files could not be put in order', { result, hit: target.jail.limitHit() });
  const major = Number(/^version (\d+)/m.exec(result.stdout)?.[1]);
  return {
    major: Number.isInteger(major) ? major : undefined,
    hasLabel: /^label$/m.test(result.stdout),
    hasWal: /^wal$/m.test(result.stdout),
  };
}

/** Why no server can be started over it, if none can. */
export function incompleteCluster({ major, hasLabel }: ClusterFaces): Finding | undefined {
  if (major !== undefined && hasLabel) return undefined;
  if (major !== undefined) return finding('backup.label-missing', 'failed', { probe: 'restore' });
  return finding('backup.files-missing', 'failed', { probe: 'restore', unit: 'files', expected: 1, observed: 1 });
}

/** What is ours: a limit that bit, or a stop. Bad bytes are findings of whoever read them. */
export function couldNot(what: string, how: { readonly result: ToolResult; readonly hit: LimitHit | undefined }): BackupError {
  const cause = new Error(how.result.stderr);
  if (how.result.stopped) return new BackupError('stopped', 'stopped while restoring', { hint: 'Start the drill again.', cause });
  if (how.hit === 'disk')
    return new BackupError('staging-full', 'the disk limit of the sandbox was reached', { hint: 'Raise `limits: { disk: … }`.', cause });
  const hint = how.hit === undefined ? 'Run the drill again, and report this if it stays so.' : `Raise the ${how.hit} limit of the plan.`;
  return new BackupError('tool-failed', what, { hint, cause });
}
