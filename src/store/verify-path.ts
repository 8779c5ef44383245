import { dirname, join, sep } from 'node:path';
import { publicKeyOf, type PublicKey } from '../evidence/key.ts';
import { verifyLedger, type Verification } from '../evidence/verify.ts';
import { createReadStream, exists, lstat, readFile, realpath, stat } from '../system/files.ts';
import { hashFile } from '../system/hash.ts';
import { StoreError, storeError } from './error.ts';
import { verifyThreads } from './verify-threads.ts';
import { ledgerPaths, namesIn, readCheckpoints, readIfThere, type CheckpointFile, type LedgerPaths } from './ledger-folder.ts';

export interface VerifyOptions {
  /** A checkpoint from elsewhere (a mail, a report); else that of the folder. */
  readonly checkpoint?: string | undefined;
  /** A public key in PEM or a folder of them, from elsewhere; else those of the folder. */
  readonly key?: string | undefined;
  /** Called now and then with how far it came. */
  readonly progress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

/** A smaller ledger is verified before threads have started: some 3,000 entries. */
const LEAST_FOR_THREADS = 4 * 1024 * 1024;

export interface PathVerification extends Verification {
  /** Ids of the keys that were believed. */
  readonly keyids: readonly string[];
  /** The keys lay beside the ledger: whoever forged it could have put them there. */
  readonly keysFromFolder: boolean;
}

/**
 * Verifies a ledger's folder with the files that it vouches for, or one `ledger.jsonl` with what lies beside it. Throws StoreError
 * `not-found` if the ledger, a checkpoint or a key is not there, EvidenceError `bad-key` if a key is none.
 */
export async function verifyPath(path: string, options: VerifyOptions = {}): Promise<PathVerification> {
  const isFolder = await kindOf(path);
  const paths: LedgerPaths = isFolder ? ledgerPaths(path) : { ...ledgerPaths(dirname(path)), lines: path };
  if (!(await exists(paths.lines))) throw notFound(paths.lines, 'a ledger');
  const files = await readCheckpoints(paths);
  const checkpoint = await mainCheckpoint(paths, files, options.checkpoint);
  const keys = options.key === undefined ? await keysBeside(paths) : await keysAt(options.key);
  const root = await realpath(paths.folder);
  const { size: totalBytes } = await stat(paths.lines);
  await using threads = verifyThreads(keys);
  let readBytes = 0;
  const verification = await verifyLedger({
    ledger: createReadStream(paths.lines, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>,
    checkpoint,
    keys,
    others: files.map(({ text }) => text).filter(text => text !== checkpoint),
    digestOf: name => digestInside(root, name),
    progress: bytes => {
      readBytes += bytes;
      options.progress?.({ readBytes, totalBytes });
    },
    ...(totalBytes < LEAST_FOR_THREADS ? {} : { blocks: threads.open }),
    filesMayBeAbsent: !isFolder,
  });
  return { ...verification, keyids: keys.map(({ keyid }) => keyid), keysFromFolder: options.key === undefined };
}

/** Whether a folder stands there; false for a file. */
async function kindOf(path: string): Promise<boolean> {
  if (!(await exists(path))) throw notFound(path, 'a ledger or its folder');
  return (await lstat(await realpath(path))).isDirectory();
}

async function mainCheckpoint(paths: LedgerPaths, files: readonly CheckpointFile[], given: string | undefined): Promise<string> {
  if (given !== undefined) return (await readIfThere(given)) ?? Promise.reject(notFound(given, 'a checkpoint'));
  const text = (files.find(({ name }) => name === 'checkpoint.txt') ?? files.at(-1))?.text;
  return text ?? Promise.reject(notFound(paths.checkpoint, 'a checkpoint'));
}

async function keysBeside(paths: LedgerPaths): Promise<readonly PublicKey[]> {
  const folder = await keysIn(paths.machineKeys);
  const signer = await readIfThere(paths.signer);
  const all = signer === undefined ? folder : [...folder, publicKeyOf(signer)];
  if (all.length === 0) throw notFound(paths.signer, 'a public key');
  return [...new Map(all.map(key => [key.keyid, key])).values()];
}

async function keysAt(path: string): Promise<readonly PublicKey[]> {
  if (!(await exists(path))) throw notFound(path, 'a public key');
  const keys = (await kindOf(path)) ? await keysIn(path) : [publicKeyOf(await readFile(path, 'utf8'))];
  if (keys.length === 0) throw notFound(path, 'a public key');
  return keys;
}

async function keysIn(folder: string): Promise<readonly PublicKey[]> {
  const names = (await namesIn(folder)).filter(name => name.endsWith('.pem')).toSorted();
  return Promise.all(names.map(async name => publicKeyOf(await readFile(join(folder, name), 'utf8'))));
}

/** A ledger may be a forgery: a name that leads out of its folder, by dots or by links, leads nowhere. */
async function digestInside(root: string, name: string): Promise<string | undefined> {
  const path = join(root, name);
  try {
    if (!(await realpath(path)).startsWith(root + sep) || !(await lstat(path)).isFile()) return undefined;
    return await hashFile(path, new AbortController().signal);
  } catch (cause) {
    const error = storeError(cause, path);
    if (error.code === 'broke') return undefined;
    throw error;
  }
}

function notFound(path: string, what: string): StoreError {
  return new StoreError('not-found', `${path}: expected ${what}, nothing is there`, {
    hint: 'Give the folder of a ledger, or name the missing part with --checkpoint or --key.',
  });
}
