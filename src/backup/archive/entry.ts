import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { lstat, open, stat } from '../../system/files.ts';
import { rawPath, walk } from '../../system/walk.ts';
import { BackupError } from '../backup.ts';

/** One file of the place. Its key is the path below it, one character per byte: never recorded or printed. */
export interface Entry {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  /** Tells these bytes from others under the same name. */
  readonly identity: string;
}

/** Where the keys count from: the folder, or that of the one file that is named. */
export async function rootOf(place: string): Promise<{ readonly root: string; readonly only: string | undefined }> {
  if ((await stat(place)).isDirectory()) return { root: place, only: undefined };
  return { root: dirname(place), only: Buffer.from(basename(place)).toString('latin1') };
}

/** Every regular file of a place. */
export async function entriesIn(place: string, stop: AbortSignal): Promise<readonly Entry[]> {
  throwIfStopped(stop);
  const { root, only } = await rootOf(place);
  if (only !== undefined) return [await entryAt(root, only)];
  const found: Entry[] = [];
  for await (const { path, facts } of walk(root, stop)) if (facts?.isFile() === true) found.push(entryOf(path, facts));
  return found;
}

function entryOf(key: string, facts: Awaited<ReturnType<typeof lstat>>): Entry {
  const identity = `${facts.ino}-${Number(facts.mtimeMs)}-${facts.size}`;
  return { key, bytes: Number(facts.size), modifiedAt: facts.mtime.toISOString(), identity };
}

export async function entryAt(root: string, key: string): Promise<Entry> {
  return entryOf(key, await lstat(rawPath(root, key)));
}

/** Up to `length` first bytes. */
export async function headOf(root: string, key: string, length: number): Promise<Buffer> {
  const file = await open(rawPath(root, key), 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export interface Joining {
  readonly root: string;
  readonly parts: readonly Entry[];
  readonly file: string;
  readonly progress: (doneBytes: number) => void;
}

/** Brings all parts into one file, one behind the other, and gives its SHA-256. Whoever changes them meanwhile is noticed. */
export async function joinParts({ root, parts, file, progress }: Joining, stop: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const target = await open(file, 'w');
  let done = 0;
  try {
    for (const part of parts) {
      await sameOrThrow(root, part);
      const source = await open(rawPath(root, part.key), 'r');
      for await (const chunk of source.createReadStream({ highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        throwIfStopped(stop);
        hash.update(chunk);
        await target.writeFile(chunk);
        done += chunk.length;
        progress(done);
      }
      await sameOrThrow(root, part);
    }
  } finally {
    await target.close();
  }
  return hash.digest('hex');
}

async function sameOrThrow(root: string, part: Entry): Promise<void> {
  if ((await entryAt(root, part.key)).identity === part.identity) return;
  throw new BackupError('bytes-changed', 'an archive changed since it was listed', {
    hint: 'See whether something was still writing it, and start the drill again when that has ended.',
  });
}

export function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'stopped while reading the archives', { hint: 'Start the drill again.' });
}
