import { join } from 'node:path';
import { parseCheckpoint, type Checkpoint } from '../evidence/checkpoint.ts';
import { isCode, readdir, readFile } from '../system/files.ts';

/** Where things are in a ledger's folder; the same names as in an evidence pack. */
export interface LedgerPaths {
  readonly folder: string;
  readonly lines: string;
  readonly checkpoint: string;
  readonly checkpoints: string;
  readonly signer: string;
  /** Public halves of every machine key: what `verify.sh` is given once a key was rotated. */
  readonly machineKeys: string;
  /** Bytes that were cut off after a crash. */
  readonly recovered: string;
}

export function ledgerPaths(folder: string): LedgerPaths {
  return {
    folder,
    lines: join(folder, 'ledger.jsonl'),
    checkpoint: join(folder, 'checkpoint.txt'),
    checkpoints: join(folder, 'checkpoints'),
    signer: join(folder, 'signer.pem'),
    machineKeys: join(folder, 'keys', 'machine'),
    recovered: join(folder, 'recovered'),
  };
}

/** `checkpoints/000000032.txt` */
export function checkpointName(size: number): string {
  return `${String(size).padStart(9, '0')}.txt`;
}

export interface CheckpointFile {
  readonly name: string;
  readonly text: string;
}

/** Every checkpoint of the folder, oldest first; `checkpoint.txt` last. */
export async function readCheckpoints(paths: LedgerPaths): Promise<readonly CheckpointFile[]> {
  const kept = (await namesIn(paths.checkpoints)).filter(name => /^\d{9,}\.txt$/.test(name)).toSorted();
  const files = kept.map(name => ({ name: `checkpoints/${name}`, path: join(paths.checkpoints, name) }));
  const all = [...files, { name: 'checkpoint.txt', path: paths.checkpoint }];
  const read = await Promise.all(all.map(async ({ name, path }) => ({ name, text: await readIfThere(path) })));
  return read.filter((file): file is CheckpointFile => file.text !== undefined);
}

/** The one that covers most; undefined if there is none. Throws EvidenceError `bad-checkpoint` if one is unreadable. */
export function largest(files: readonly CheckpointFile[]): Checkpoint | undefined {
  return files
    .map(({ text }) => parseCheckpoint(text))
    .toSorted((a, b) => a.size - b.size)
    .at(-1);
}

/** The text of a file; undefined if it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Names in a folder; none if it is not there. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}
