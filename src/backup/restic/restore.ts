import { join } from 'node:path';
import { finding } from '../../finding/finding.ts';
import { moveTree } from '../../system/move-tree.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import type { RestoreTarget } from '../target.ts';
import { TREE } from './fetch.ts';

/** The restore itself needed the password and was done while fetching: here its result changes hands, without being copied or opened. */
export async function restore(staged: Staged, target: RestoreTarget): Promise<Restored> {
  if (target.folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  await moveTree(join(staged.folder, TREE), target.folder);
  await target.jail.own(target.folder);
  const { version, ...says } = staged.handle;
  return {
    findings: [finding('restore.ok', 'passed', { probe: 'restore' })],
    tools: [{ name: 'restic', version: String(version) }],
    usable: true,
    says,
  };
}
