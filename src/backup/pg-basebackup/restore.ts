import { finding, type Finding } from '../../finding/finding.ts';
import * as files from '../../system/files.ts';
import { BackupError, type Restored, type Staged, type ToolVersion } from '../backup.ts';
import type { PostgresFiles } from '../postgres-files.ts';
import { incompleteCluster, putInOrder, takeTrees } from '../restored-cluster.ts';
import type { RestoreTarget } from '../target.ts';
import { stagedHandle, WAL_FOLDER, type StagedHandle } from './staged.ts';
import { unpackTars } from './unpack-tars.ts';
import { verify } from './verify.ts';

/** One restore on its way. */
export interface Run {
  readonly staged: Staged;
  readonly handle: StagedHandle;
  readonly target: RestoreTarget;
  /** Host folder of the restore. */
  readonly folder: string;
  readonly stop: AbortSignal;
}

/** Puts the files where the server will find them, and proves them by the backup's own manifest. Nothing of the backup runs here. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const run: Run = { staged, handle: stagedHandle(staged.handle), target, folder, stop };
  const places = { staging: staged.folder, folder, tablespaces: run.handle.tablespaces, target, stop };
  if (run.handle.shape === 'plain') await takeTrees(places, files);
  const bad = run.handle.shape === 'tar' ? await unpackTars(run) : [];
  if (bad.length > 0) return unusable(bad);
  const faces = await putInOrder(places);
  const lack = incompleteCluster(faces);
  if (lack !== undefined) return unusable([lack]);
  const { major = 0, hasWal } = faces;
  const proved = run.handle.hasManifest ? await verify(run, { major, hasWal }) : { findings: [], tools: [] };
  if (proved.findings.some(found => found.outcome !== 'passed' && found.required)) return unusable(proved.findings, proved.tools);
  return {
    findings: [...proved.findings, finding('restore.files-restored', 'passed', { probe: 'restore' })],
    tools: proved.tools,
    usable: true,
    says: {},
    layout: { ...layoutOf(run, major) },
  };
}

function layoutOf({ handle }: Run, major: number): PostgresFiles {
  return {
    engine: 'postgres',
    major,
    data: 'data',
    tablespaces: [...handle.tablespaces],
    wal: handle.segments > 0 ? WAL_FOLDER : null,
    segments: handle.segments,
    target: handle.target,
    timeline: handle.timeline,
    until: handle.until,
  };
}

function unusable(findings: readonly Finding[], tools: readonly ToolVersion[] = []): Restored {
  return { findings, tools, usable: false, says: {} };
}
