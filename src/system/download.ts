import { createHash, type Hash } from 'node:crypto';
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';

/** One object of known size and identity, from which any range can be asked for. */
export interface Download {
  /** Where its bytes go; `<file>.parts` beside it remembers what is there. */
  readonly file: string;
  readonly size: number;
  /** What tells this object from any other version of it: parts of another one are not continued. */
  readonly identity: string;
  readonly partBytes: number;
  readonly parallel: number;
  /** Bytes of a range as they come; rejects if they are not exactly as many as asked for. */
  open(from: number, length: number, stop: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** Runs one part until it succeeds or is given up. */
  retrying<T>(attempt: () => Promise<T>): Promise<T>;
  progress(doneBytes: number): void;
}

/** Bytes gathered before they are written: fewer, larger writes. */
const WRITE_BYTES = 1 << 20;
const HASH_BYTES = 1 << 20;

/**
 * Parts arrive side by side and out of order and go to their places in the file; the digest grows with the unbroken beginning. What an
 * interrupted run left is continued. Memory: `parallel` × 1 MiB and what the sockets hold. Returns SHA-256 (hex).
 */
export async function download(what: Download, stop: AbortSignal): Promise<string> {
  const count = Math.ceil(what.size / what.partBytes);
  const { file, done } = await begin(what, count);
  try {
    const keeper = keep(file, { what, done });
    const ended = new AbortController();
    const either = AbortSignal.any([stop, ended.signal]);
    let next = 0;
    let bytes = [...done].reduce((sum, index) => sum + lengthOf(what, index), 0);
    let broken: { error: unknown } | undefined;
    const work = async (): Promise<void> => {
      while (next < count && broken === undefined) {
        const index = next++;
        if (done.has(index)) continue;
        await what.retrying(() => fetchPart(what, { file, index, stop: either, onBytes: more => what.progress((bytes += more)) }));
        done.add(index);
        await keeper.advance();
      }
    };
    const guarded = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        broken ??= { error };
        ended.abort();
      }
    };
    await Promise.all(Array.from({ length: what.parallel }, guarded));
    if (broken !== undefined) throw broken.error;
    await keeper.advance();
    await file.sync();
    await rm(partsFile(what), { force: true });
    return keeper.digest();
  } finally {
    await file.close();
  }
}

interface Part {
  readonly file: FileHandle;
  readonly index: number;
  readonly stop: AbortSignal;
  onBytes(more: number): void;
}

/** A part that broke is asked for again from its beginning; what it had counted is taken back. */
async function fetchPart(what: Download, part: Part): Promise<void> {
  const from = part.index * what.partBytes;
  let position = from;
  let gathered: Buffer[] = [];
  let waiting = 0;
  const flush = async (): Promise<void> => {
    const chunks = gathered;
    const length = waiting;
    gathered = [];
    waiting = 0;
    await writeAll(part.file, chunks, position);
    position += length;
    part.onBytes(length);
  };
  try {
    for await (const chunk of await what.open(from, lengthOf(what, part.index), part.stop)) {
      gathered.push(chunk);
      waiting += chunk.length;
      if (waiting >= WRITE_BYTES) await flush();
    }
    await flush();
  } catch (error) {
    part.onBytes(from - position);
    throw error;
  }
}

async function writeAll(file: FileHandle, chunks: readonly Buffer[], at: number): Promise<void> {
  if (chunks.length === 0) return;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev(chunks, at);
  if (bytesWritten === length) return;
  // A short write: the rest once more, which then says why (a full disk).
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  const again = await file.write(rest, 0, rest.length, at + bytesWritten);
  if (again.bytesWritten < rest.length) throw Object.assign(new Error('no space left for the bytes'), { code: 'ENOSPC' });
}

/** Notes what is there, and hashes the unbroken beginning in order by reading it back (it is still in memory). */
function keep(
  file: FileHandle,
  { what, done }: { what: Download; done: ReadonlySet<number> },
): { advance(): Promise<void>; digest(): string } {
  const hash: Hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(HASH_BYTES);
  let hashed = 0;
  let running: Promise<void> = Promise.resolve();
  const catchUp = async (): Promise<void> => {
    await writeDone(what, done);
    while (hashed < what.size && done.has(Math.floor(hashed / what.partBytes))) {
      const partEnd = Math.min(what.size, (Math.floor(hashed / what.partBytes) + 1) * what.partBytes);
      const { bytesRead } = await file.read(buffer, 0, Math.min(HASH_BYTES, partEnd - hashed), hashed);
      if (bytesRead === 0) throw new Error('the staged file is shorter than what was written to it');
      hash.update(buffer.subarray(0, bytesRead));
      hashed += bytesRead;
    }
  };
  return {
    // One at a time, in order: workers that come meanwhile wait for their turn.
    advance: () => (running = running.then(catchUp)),
    digest: () => hash.digest('hex'),
  };
}

/** Continues what an earlier run left, if its bytes are still there too. */
async function begin(what: Download, count: number): Promise<{ file: FileHandle; done: Set<number> }> {
  const done = await readDone(what, count);
  if (done.size > 0) {
    const file = await open(what.file, 'r+').catch(() => undefined);
    if (file !== undefined) return { file, done };
  }
  return { file: await open(what.file, 'w+'), done: new Set() };
}

function lengthOf(what: Download, index: number): number {
  return Math.min(what.partBytes, what.size - index * what.partBytes);
}

function partsFile(what: Download): string {
  return `${what.file}.parts`;
}

interface PartsNote {
  readonly identity: string;
  readonly size: number;
  readonly partBytes: number;
  readonly done: readonly number[];
}

/** Parts that an earlier run finished, if they are parts of this very object. */
async function readDone(what: Download, count: number): Promise<Set<number>> {
  try {
    const note = JSON.parse(await readFile(partsFile(what), 'utf8')) as PartsNote;
    if (note.identity !== what.identity || note.size !== what.size || note.partBytes !== what.partBytes) return new Set();
    return new Set(note.done.filter(index => Number.isInteger(index) && index >= 0 && index < count));
  } catch {
    // No note, or half a one: begin anew.
    return new Set();
  }
}

async function writeDone(what: Download, done: ReadonlySet<number>): Promise<void> {
  const note: PartsNote = { identity: what.identity, size: what.size, partBytes: what.partBytes, done: [...done] };
  await writeFile(partsFile(what), JSON.stringify(note));
}
