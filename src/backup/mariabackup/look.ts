import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path/posix';
import { throwIfStopped, type Entry, type Store } from '../dump-files/store.ts';
import { readSaid, type BackupSays } from './said.ts';
import { isNamedStream, lookAtStream, type SeenStream, type StreamPacking } from './stream.ts';

/** One target folder of mariabackup. */
export interface BackupFolder {
  /** Below the store's root; empty for the root itself. */
  readonly key: string;
  readonly entries: readonly Entry[];
  /** Links out of the store and what we may not read: parts of the backup that nothing can be said about. */
  readonly refused: number;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly says: BackupSays;
  /** One file that holds all of it, as `--stream` writes it; `null`: a folder. */
  readonly stream: StreamPacking | null;
}

/** A full backup, and the increments that follow it one after the other. */
export type Chain = readonly [BackupFolder, ...BackupFolder[]];

export interface Looked {
  readonly chains: readonly Chain[];
  /** Increments whose base is not there, and folders that were begun and not finished. */
  readonly unusable: readonly BackupFolder[];
  /** Packed streams of which nobody can tell from outside what they are. */
  readonly untold: readonly Entry[];
  readonly looked: number;
}

/** Tells these very files from others in their places. */
export function identityOf(chain: Chain): string {
  const files = chain.flatMap(({ entries }) => entries.map(({ key, size, etag }) => `${key} ${size} ${etag ?? ''}`)).sort();
  return createHash('sha256').update(files.join('\n')).digest('hex');
}

/** Written last but one: a folder without it was not finished. */
const CHECKPOINTS = 'xtrabackup_checkpoints';
const BEGUN = /(?:^|\/)(?:backup-my\.cnf|ibdata1|ib_logfile0|xtrabackup_info)$/;
/** Every ext4 has one at its top, for root alone. */
const OF_FILE_SYSTEM = 'lost+found';
const LARGEST = 65_536;

/** Every backup below the place, and how they belong together. */
export async function look(store: Store, stop: AbortSignal): Promise<Looked> {
  const [all, refused]: [Entry[], Entry[]] = [[], []];
  for await (const entry of store.entries(stop)) (entry.refused === undefined ? all : refused).push(entry);
  const keys = new Set(all.filter(entry => BEGUN.test(entry.key) || entry.key.endsWith(CHECKPOINTS)).map(({ key }) => folderOf(key)));
  const folders: BackupFolder[] = [];
  for (const key of keys) {
    throwIfStopped(stop);
    folders.push(await folderAt(store, { key, all, refused }, stop));
  }
  const untold: Entry[] = [];
  for (const entry of all.filter(isNamedStream)) {
    const seen = await lookAtStream(store, entry, stop);
    if (seen?.untold === true) untold.push(entry);
    else if (seen !== undefined) folders.push(streamed(entry, seen));
  }
  const whole = folders.filter(({ says }) => says.type !== null);
  const chains = whole.map(folder => chainTo(folder, whole)).filter(chain => chain !== undefined);
  const used = new Set(chains.flat());
  return { chains, unusable: folders.filter(folder => !used.has(folder)), untold, looked: folders.length + untold.length };
}

function streamed(entry: Entry, { says, packing }: SeenStream): BackupFolder {
  const { key, size, modifiedAt } = entry;
  return { key, entries: [entry], refused: 0, bytes: size, modifiedAt, says, stream: packing };
}

function folderOf(key: string): string {
  const folder = dirname(key);
  return folder === '.' ? '' : folder;
}

async function folderAt(
  store: Store,
  { key, all, refused }: { readonly key: string; readonly all: readonly Entry[]; readonly refused: readonly Entry[] },
  stop: AbortSignal,
): Promise<BackupFolder> {
  const prefix = key === '' ? '' : `${key}/`;
  const entries = all.filter(entry => entry.key.startsWith(prefix));
  const text = async (name: string): Promise<string> => {
    // From MariaDB 11.1 on some have other names.
    const names = [prefix + name, prefix + name.replace('xtrabackup_', 'mariadb_backup_')];
    const entry = entries.find(one => names.includes(one.key));
    return entry === undefined || entry.size > LARGEST
      ? ''
      : (await store.read(entry, { from: 0, length: entry.size }, stop)).toString('latin1');
  };
  return {
    key,
    entries,
    refused: refused.filter(entry => entry.key.startsWith(prefix) && basename(entry.key) !== OF_FILE_SYSTEM).length,
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
    modifiedAt: entries.reduce((latest, entry) => (entry.modifiedAt > latest ? entry.modifiedAt : latest), ''),
    stream: null,
    says: readSaid(await text(CHECKPOINTS), await text('xtrabackup_info'), await text('xtrabackup_binlog_info')),
  };
}

/**
 * An increment begins where the backup before it ended. On a quiet server several end at one place: then the latest of those before it is
 * its base. One that was prepared already takes no increment.
 */
function chainTo(last: BackupFolder, folders: readonly BackupFolder[]): Chain | undefined {
  if (last.says.type === 'full' || last.says.type === 'prepared') return [last];
  const { fromLsn } = last.says;
  const base = folders
    .filter(({ says }) => says.type !== 'prepared' && says.toLsn !== null && says.toLsn === fromLsn)
    .sort(inOrder)
    .findLast(folder => inOrder(folder, last) < 0);
  const before = base === undefined ? undefined : chainTo(base, folders);
  return before === undefined ? undefined : [...before, last];
}

/** As they were made. Where nothing was written in between only the dates of the files tell. */
function inOrder(a: BackupFolder, b: BackupFolder): number {
  if (a.says.lastLsn !== b.says.lastLsn) return a.says.lastLsn < b.says.lastLsn ? -1 : 1;
  const [first, second] = [a, b].map(({ says, modifiedAt, key }) => `${says.type === 'full' ? 0 : 1} ${modifiedAt} ${key}`);
  return (first ?? '') < (second ?? '') ? -1 : first === second ? 0 : 1;
}

export function refusedIn(chain: Chain): number {
  return chain.reduce((sum, { refused }) => sum + refused, 0);
}
