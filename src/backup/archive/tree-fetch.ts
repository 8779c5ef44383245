import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { open } from '../../system/files.ts';
import { runTool, type ToolResult } from '../../system/process.ts';
import { rawPath } from '../../system/walk.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { translated } from '../store-error.ts';
import { throwIfStopped } from './entry.ts';
import { STAGED_FILE } from './point.ts';
import { sumOf, type TreeSum } from './tree-folder.ts';
import { readTreeHandle } from './tree-list.ts';
import { readTreeOptions } from './tree-options.ts';

const LONGEST_MS = 24 * 3_600_000;
/** The same tree gives the same bytes: sorted, without the times at which it was looked at. */
const TAR = [
  '--format=posix',
  '--pax-option=delete=atime,delete=ctime',
  '--sort=name',
  '-S',
  '--xattrs',
  '--acls',
  '--warning=no-file-ignored',
  '-cf',
  '-',
];

/** Brings a tree into the staging folder as one archive: with its holes, attributes, links and names as they are. A repeated fetch begins anew. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  throwIfStopped(stop);
  const { from, digests } = readTreeOptions(at.store.section);
  const handle = readTreeHandle(point.handle);
  const counted = async (): Promise<TreeSum> => {
    const sum = await sumOf(from, handle, stop);
    if (handle.identity !== null && sum.identity !== handle.identity) throw changed();
    return sum;
  };
  return translated(from, async () => {
    const before = await counted();
    const sha256 = await packed({ folder: rawPath(from, handle.key).toString('utf8'), at, total: before.bytes }, stop);
    const { bytes, identity } = await counted();
    if (identity !== before.identity) throw changed();
    return { folder: at.staging, bytes, sha256, findings: [], handle: { format: 'tar', wrapping: 'none', digests: digests ?? null } };
  });
}

async function packed(
  { folder, at, total }: { readonly folder: string; readonly at: FetchPlace; readonly total: number },
  stop: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const target = await open(join(at.staging, STAGED_FILE), 'w');
  let bytes = 0;
  try {
    const take = async (chunk: Buffer): Promise<void> => {
      hash.update(chunk);
      bytes += chunk.length;
      await target.writeFile(chunk);
      at.progress({ phase: 'fetch', doneBytes: Math.min(bytes, total), totalBytes: total });
    };
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
    refuse(await runTool({ file: 'tar', args: ['-C', folder, ...TAR, '.'], env, stdout: take, timeLimitMs: LONGEST_MS }, stop));
  } finally {
    await target.close();
  }
  return hash.digest('hex');
}

/** tar's codes: 1 is a file that changed while it was read, 2 one that could not be read. */
function refuse(result: ToolResult): void {
  const { exitCode, stopped } = result;
  if (exitCode === 0) return;
  if (stopped) throw new BackupError('stopped', 'stopped while reading the backups', { hint: 'Start the drill again.' });
  if (exitCode === 1) throw changed();
  const cause = new Error(result.stderr);
  if (exitCode === undefined && result.signal === undefined)
    throw new BackupError('tool-missing', 'tar is not installed', { hint: 'Install it: apt-get install tar', cause });
  if (exitCode === 2)
    throw new BackupError('store-unreadable', 'some files of the backup could not be read', {
      hint: 'Let the user who runs Resurgam read the folder and all its files.',
      cause,
    });
  throw new BackupError('tool-failed', `tar ended in a way that is not known (${exitCode ?? result.signal ?? ''})`, {
    hint: 'Start the drill again.',
    cause,
  });
}

function changed(): BackupError {
  return new BackupError('bytes-changed', 'the backup changed since it was listed', {
    hint: 'See whether the job was still writing it, and start the drill again when that has ended. A folder that is overwritten needs a moment at which it is left alone.',
  });
}
