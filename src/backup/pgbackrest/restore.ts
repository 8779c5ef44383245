import { finding } from '../../finding/finding.ts';
import * as files from '../../system/files.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import type { PostgresFiles } from '../postgres-files.ts';
import { incompleteCluster, putInOrder, takeTrees } from '../restored-cluster.ts';
import type { RestoreTarget } from '../target.ts';
import { stagedHandle } from './staged.ts';

/** Takes over what pgBackRest restored while there were a repository and a passphrase; here is neither. */
export async function restore({ folder: staging, handle: said }: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const handle = stagedHandle(said);
  const places = { staging, folder, tablespaces: handle.tablespaces, target, stop };
  await takeTrees(places, files);
  const faces = await putInOrder(places);
  const tools = [{ name: 'pgbackrest', version: handle.version }];
  const lack = incompleteCluster(faces);
  if (lack !== undefined) return { findings: [lack], tools, usable: false, says: {} };
  const layout: PostgresFiles = {
    ...{ engine: 'postgres', major: faces.major ?? 0, data: 'data', tablespaces: [...handle.tablespaces] },
    ...{ wal: handle.segments > 0 ? 'wal' : null, segments: handle.segments },
    ...{ target: handle.target, timeline: handle.timeline, until: handle.until },
  };
  return {
    findings: [finding('restore.files-restored', 'passed', { probe: 'restore' })],
    tools,
    usable: true,
    says: {},
    layout: { ...layout },
  };
}
