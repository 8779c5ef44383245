import { finding } from '../finding/finding.ts';
import { BackupError, type Restored, type Staged } from './backup.ts';
import type { RestoreTarget } from './target.ts';

/**
 * For tools whose restore needs the repository and its key, so that it was done while fetching: here its result changes hands, without being
 * copied or opened. `move` puts a folder in the place of the empty one.
 */
export async function takeOver(
  staged: Staged,
  target: RestoreTarget,
  of: { readonly tool: string; readonly tree: string; move(from: string, to: string): Promise<void> },
): Promise<Restored> {
  if (target.folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  await of.move(`${staged.folder}/${of.tree}`, target.folder);
  await target.jail.own(target.folder);
  const { version, ...says } = staged.handle;
  return {
    findings: [finding('restore.ok', 'passed', { probe: 'restore' })],
    tools: [{ name: of.tool, version: String(version) }],
    usable: true,
    says,
  };
}
