import { join } from 'node:path';
import { isCode, readdir, stat } from '../../system/files.ts';
import { BackupError } from '../backup.ts';
import type { Extent, Snapshot } from '../snapshot.ts';
import { failureOf } from './failure.ts';
import { isFolder, readOptions } from './options.ts';
import { runRestic, type Repository } from './run.ts';

/** A snapshot with what only restic says of one. */
export interface ResticSnapshot extends Snapshot {
  readonly paths: readonly string[];
  /** Digest over everything in it. */
  readonly tree: string;
  readonly availableAt: string;
  /** restic 0.17 and later write it down; before, the snapshot must be walked. */
  readonly extent: Extent | undefined;
}

export interface Snapshots {
  readonly all: readonly ResticSnapshot[];
  /** Snapshots that cannot be read: restic mentions them beside the way and ends with 0. */
  readonly unreadable: number;
  /** The password is right, and what it opens is not what was written. */
  readonly isOpen: boolean;
}

/** Every snapshot of the repository, of whatever host. Throws BackupError. */
export async function snapshotsOf(at: Repository, stop: AbortSignal): Promise<Snapshots> {
  const ran = await runRestic(at, ['snapshots', '--json'], stop);
  if (ran.exitCode === 1 && /^Fatal: config or key [0-9a-f]+ is damaged|^Fatal: config cannot be loaded/m.test(ran.stderr))
    return { all: [], unreadable: 0, isOpen: false };
  const failure = failureOf(ran, 'listing the snapshots');
  if (failure !== undefined) throw failure;
  const saved = await savedAt(at);
  const all = parsed(ran.stdout).flatMap(said => snapshotOf(said, saved));
  return { all, unreadable: ran.stderr.match(/^could not load snapshot /gm)?.length ?? 0, isOpen: true };
}

/** How much is in a snapshot; undefined if its folders cannot all be read. Throws BackupError when it could not look. */
export async function extentOf(at: Repository, { id, extent }: ResticSnapshot, stop: AbortSignal): Promise<Extent | undefined> {
  if (extent !== undefined) return extent;
  const ran = await runRestic(at, ['stats', '--json', '--mode', 'restore-size', id], stop);
  if (ran.exitCode === 1 && isUnwalkable(ran.stderr)) return undefined;
  const failure = failureOf(ran, 'counting a snapshot');
  if (failure !== undefined) throw failure;
  const said = JSON.parse(ran.stdout) as { total_size?: unknown; total_file_count?: unknown };
  return { bytes: Number(said.total_size ?? 0), entries: Number(said.total_file_count ?? 0) };
}

/** Words of restic for metadata that is gone or damaged, as opposed to a storage that does not answer. */
export function isUnwalkable(stderr: string): boolean {
  return /not found in (?:repository|index)|invalid data returned|ciphertext|LoadIndex returned errors|loading tree|wrong hash|unexpected EOF/.test(
    stderr,
  );
}

interface Said {
  readonly id?: unknown;
  readonly time?: unknown;
  readonly tree?: unknown;
  readonly hostname?: unknown;
  readonly paths?: unknown;
  readonly tags?: unknown;
  readonly summary?: Readonly<Record<string, unknown>>;
}

function parsed(text: string): readonly Said[] {
  try {
    const said: unknown = JSON.parse(text);
    return Array.isArray(said) ? (said as Said[]) : [];
  } catch (cause) {
    throw new BackupError('tool-failed', 'restic printed no list of snapshots', { hint: 'Run `restic snapshots --json` by hand.', cause });
  }
}

function snapshotOf(
  { id, time, tree, hostname, paths, tags, summary }: Said,
  saved: ReadonlyMap<string, string>,
): readonly ResticSnapshot[] {
  if (typeof id !== 'string' || typeof tree !== 'string' || Number.isNaN(Date.parse(String(time)))) return [];
  const startedAt = new Date(String(time)).toISOString();
  const texts = (list: unknown): string[] => (Array.isArray(list) ? list.map(String) : []);
  const ended = Date.parse(String(summary?.['backup_end']));
  const availableAt = Number.isNaN(ended) ? (saved.get(id) ?? startedAt) : new Date(ended).toISOString();
  return [
    {
      ...{ id, tree, startedAt, host: String(hostname), tags: texts(tags), paths: texts(paths) },
      availableAt: availableAt < startedAt ? startedAt : availableAt,
      extent: extentSaid(summary),
    },
  ];
}

function extentSaid(summary: Readonly<Record<string, unknown>> | undefined): Extent | undefined {
  if (summary?.['total_bytes_processed'] === undefined) return undefined;
  const counts = ['total_files_processed', 'dirs_new', 'dirs_changed', 'dirs_unmodified'].map(name => Number(summary[name] ?? 0));
  return { bytes: Number(summary['total_bytes_processed']), entries: counts.reduce((sum, count) => sum + count, 0) };
}

/** In a folder the file of a snapshot is written last: its date says since when the snapshot is there. */
async function savedAt({ access }: Repository): Promise<ReadonlyMap<string, string>> {
  const { repository } = readOptions(access.section);
  if (!isFolder(repository)) return new Map();
  const folder = join(repository, 'snapshots');
  const found = new Map<string, string>();
  for (const name of await readdir(folder)) {
    try {
      found.set(name, (await stat(join(folder, name))).mtime.toISOString());
    } catch (error) {
      // Forgotten in this moment.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
  return found;
}
