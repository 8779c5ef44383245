import { TreeComparison, type ComparedTree, type ListedEntry } from '../../system/compare-tree.ts';
import { lineByLine } from '../../system/line-by-line.ts';
import { failureOf } from './failure.ts';
import { startRestic, type Repository } from './run.ts';

/** What the listing says beside names and sizes. */
export interface Listed {
  readonly compared: ComparedTree;
  readonly entries: number;
  readonly devices: number;
}

/** Compares a restored tree with the snapshot's own listing. Throws BackupError when there is none. */
export async function compareWithListing(
  { at, snapshot, folder }: { readonly at: Repository; readonly snapshot: string; readonly folder: string },
  stop: AbortSignal,
): Promise<Listed> {
  const tree = new TreeComparison(folder);
  let entries = 0;
  let devices = 0;
  const sink = lineByLine(async line => {
    const node = JSON.parse(line) as Node;
    if (node.struct_type !== 'node' || node.path === undefined) return;
    entries += 1;
    if (DEVICES.includes(node.type ?? '')) devices += 1;
    else await tree.take(entryOf(node, node.path));
  });
  const ran = await startRestic(at, { args: ['ls', '--json', snapshot], stdout: sink.chunk }, stop).ended;
  const failure = failureOf(ran, 'listing the snapshot');
  if (failure !== undefined) throw failure;
  await sink.end();
  return { compared: await tree.end(stop), entries, devices };
}

interface Node {
  readonly path?: string;
  readonly type?: string;
  readonly size?: number;
  readonly struct_type?: string;
}

const TYPES: Readonly<Record<string, ListedEntry['type']>> = { file: 'file', dir: 'folder', symlink: 'link' };
/** Only root can make them. */
const DEVICES = ['dev', 'chardev'];

function entryOf(node: Node, path: string): ListedEntry {
  const type = TYPES[node.type ?? ''] ?? 'other';
  // Bytes that are no text were replaced in the listing, so that the name in it is not the one on the disk.
  return { path: path.slice(1), type, size: type === 'file' ? (node.size ?? 0) : null, unnamed: path.includes('\uFFFD') };
}
