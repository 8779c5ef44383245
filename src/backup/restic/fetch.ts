import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { mkdir } from '../../system/files.ts';
import { readProc } from '../../system/proc.ts';
import type { ToolResult } from '../../system/process.ts';
import { removeTree } from '../../system/tree.ts';
import type { FetchPlace, RecoveryPoint, Staged } from '../backup.ts';
import { asListed, leftOut } from '../restored-tree.ts';
import { damageIn } from './damage.ts';
import { failureOf } from './failure.ts';
import { compareWithListing, type Listed } from './listed.ts';
import { refuseIfPruned } from './locks.ts';
import { handleOf } from './point.ts';
import { setAside } from './restored-errors.ts';
import { needsCache, readMuch, versionOf, type Repository } from './run.ts';

/** Names in the staging folder. */
export const TREE = 'tree';
const CACHE = 'cache';
const PROGRESS_MS = 500;

/**
 * The real restore, in the first jail, since it needs repository and password: into the staging folder, read back and compared with what the
 * repository holds, and then with the snapshot's own listing. A repeated fetch begins anew.
 */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const { snapshot, tree } = handleOf(point);
  const version = await versionOf(stop);
  const folder = join(at.staging, TREE);
  await removeTree(folder);
  await mkdir(folder, { mode: 0o700 });
  const repository = { access: at.store, cache: needsCache(at.store) ? join(at.staging, CACHE) : undefined };
  const restored = await restoreInto(folder, { point, repository, at }, stop);
  const staged = { folder: at.staging, sha256: tree, handle: { version } };
  if (restored.some(found => found.outcome === 'failed')) return { ...staged, bytes: point.bytes, findings: restored };
  const listed = await compareWithListing({ at: repository, snapshot, folder }, stop);
  await removeTree(join(at.staging, CACHE));
  const findings = [...restored, ...asListed(listed.compared), ...leftOut(listed)];
  return { ...staged, bytes: listed.compared.bytes, findings, handle: { version, ...saysOf(listed) } };
}

interface Restoring {
  readonly point: RecoveryPoint;
  readonly repository: Repository;
  readonly at: FetchPlace;
}

/** Bad bytes are findings; throws BackupError for everything that says nothing of them. */
async function restoreInto(folder: string, { point, repository, at }: Restoring, stop: AbortSignal): Promise<readonly Finding[]> {
  const args = ['restore', handleOf(point).snapshot, '--target', folder, '--verify'];
  const watch = watchWriting({ at, totalBytes: point.bytes });
  try {
    return await judged(await readMuch({ at: repository, args, started: watch.begin }, stop), { point, repository }, stop);
  } finally {
    watch.end();
  }
}

async function judged(result: ToolResult, of: Pick<Restoring, 'point' | 'repository'>, stop: AbortSignal): Promise<readonly Finding[]> {
  const whole = result.exitCode === 0 || (result.exitCode === 1 && setAside(result.stderr));
  if (whole) return [finding('backup.ok', 'passed', { probe: 'backup' })];
  const damage = result.stopped ? [] : damageIn(result.stderr, 'restore');
  if (damage.length === 0) throw failureOf(result, 'the restore') ?? new Error('unreachable');
  await refuseIfPruned(of.point, of.repository, stop);
  return [...damage, finding('restore.corrupt', 'failed', { probe: 'restore' })];
}

/** restic says nothing of how far it is; the kernel knows how much it has written. */
function watchWriting({ at, totalBytes }: { readonly at: FetchPlace; readonly totalBytes: number }): {
  readonly begin: (pid: number) => void;
  readonly end: () => void;
} {
  let timer: NodeJS.Timeout | undefined;
  const look = async (pid: number): Promise<void> => {
    const written = /^wchar: (\d+)$/m.exec((await readProc(pid, 'io')) ?? '')?.[1];
    if (written !== undefined) at.progress({ phase: 'fetch', doneBytes: Math.min(Number(written), totalBytes), totalBytes });
  };
  return {
    begin: pid => void (timer = setInterval(() => void look(pid), PROGRESS_MS)),
    end: () => {
      clearInterval(timer);
      at.progress({ phase: 'fetch', doneBytes: totalBytes, totalBytes });
    },
  };
}

/** For `Restored.says`: what the backup itself says of what is in it. */
function saysOf({ compared: { files, bytes } }: Listed): Readonly<Record<string, unknown>> {
  return { files: { files, bytes } };
}
