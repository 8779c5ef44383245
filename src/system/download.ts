import { createHash } from 'node:crypto';
import { appendFile, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';

/** One object of known size and identity, from which any range can be asked for. */
export interface Download {
  /** Where its bytes go; `<file>.parts` beside it remembers what is there. */
  readonly file: string;
  readonly size: number;
  /** What tells this object from any other version of it: parts of another one are not continued. */
  readonly identity: string;
  readonly partBytes: number;
  readonly parallel: number;
  /** Fills all of `into` with the bytes from this place; rejects if it cannot. `onBytes` says how many more came, or were lost again. */
  fill(part: { readonly from: number; readonly into: Buffer; onBytes(more: number): void }, stop: AbortSignal): Promise<void>;
  /** Runs one part until it succeeds or is given up. */
  retrying<T>(attempt: () => Promise<T>): Promise<T>;
  progress(doneBytes: number): void;
}

/** Finished parts that may wait for the digest to reach them. */
const PARTS_AHEAD = 2;

/**
 * Parts arrive side by side and out of order and go to their places in the file; the digest grows with the unbroken beginning. What an
 * interrupted run left is continued. Memory: `parallel + 2` parts. Returns SHA-256 (hex).
 */
export async function download(what: Download, stop: AbortSignal): Promise<string> {
  const { file, earlier } = await begin(what);
  try {
    const ended = new AbortController();
    const run = new Run(what, { file, earlier, stop: AbortSignal.any([stop, ended.signal]) });
    let broken: { error: unknown } | undefined;
    const work = async (): Promise<void> => {
      try {
        await run.work();
      } catch (error) {
        broken ??= { error };
        ended.abort();
      }
    };
    await Promise.all(Array.from({ length: what.parallel }, work));
    if (broken !== undefined) throw broken.error;
    await rm(partsFile(what), { force: true });
    return await run.digest();
  } finally {
    await file.close();
  }
}

/** One run over the parts that are still missing. */
class Run {
  readonly #what: Download;
  readonly #file: FileHandle;
  readonly #earlier: ReadonlySet<number>;
  readonly #stop: AbortSignal;
  readonly #count: number;
  readonly #hash = createHash('sha256');
  /** Buffers of parts that are fetched or wait for the digest; reused, so that memory does not grow. */
  readonly #free: Buffer[];
  readonly #waiting: (() => void)[] = [];
  readonly #arrived = new Map<number, Buffer>();
  #next = 0;
  #front = 0;
  #bytes: number;
  #hashing: Promise<void> = Promise.resolve();

  constructor(what: Download, state: { readonly file: FileHandle; readonly earlier: ReadonlySet<number>; readonly stop: AbortSignal }) {
    this.#what = what;
    this.#file = state.file;
    this.#earlier = state.earlier;
    this.#stop = state.stop;
    this.#count = Math.ceil(what.size / what.partBytes);
    const room = Math.min(what.partBytes, what.size);
    this.#free = Array.from({ length: Math.min(this.#count, what.parallel + PARTS_AHEAD) }, () => Buffer.allocUnsafeSlow(room));
    this.#bytes = [...state.earlier].reduce((sum, index) => sum + this.#lengthOf(index), 0);
    this.#stop.addEventListener('abort', () => this.#waiting.splice(0).forEach(go => go()));
  }

  /** Takes part after part. A buffer is taken before a part is, so the part that the digest waits for always has one. */
  async work(): Promise<void> {
    for (;;) {
      const buffer = await this.#buffer();
      while (this.#earlier.has(this.#next)) this.#next += 1;
      const index = this.#next;
      if (index >= this.#count || this.#stop.aborted) {
        this.#release(buffer);
        this.#stop.throwIfAborted();
        return;
      }
      this.#next += 1;
      await this.#part(index, buffer);
    }
  }

  async digest(): Promise<string> {
    await this.#advance();
    return this.#hash.digest('hex');
  }

  async #part(index: number, buffer: Buffer): Promise<void> {
    const length = this.#lengthOf(index);
    await this.#what.retrying(() => this.#fetch(index, buffer.subarray(0, length)));
    await writeAll(this.#file, buffer.subarray(0, length), index * this.#what.partBytes);
    await appendFile(partsFile(this.#what), `${index}\n`);
    this.#arrived.set(index, buffer);
    await this.#advance();
  }

  /** A part that broke is asked for again from its beginning. */
  #fetch(index: number, into: Buffer): Promise<void> {
    const onBytes = (more: number): void => {
      this.#bytes += more;
      if (more > 0) this.#what.progress(this.#bytes);
    };
    return this.#what.fill({ from: index * this.#what.partBytes, into, onBytes }, this.#stop);
  }

  /** One at a time, in order: workers that come meanwhile wait for their turn. */
  #advance(): Promise<void> {
    this.#hashing = this.#hashing.then(() => this.#catchUp());
    return this.#hashing;
  }

  async #catchUp(): Promise<void> {
    for (; this.#front < this.#count; this.#front += 1) {
      const buffer = this.#arrived.get(this.#front);
      if (buffer !== undefined) {
        this.#hash.update(buffer.subarray(0, this.#lengthOf(this.#front)));
        this.#arrived.delete(this.#front);
        this.#release(buffer);
      } else if (this.#earlier.has(this.#front)) {
        await this.#readBack(this.#front);
      } else {
        return;
      }
    }
  }

  /** A part of an earlier run is only in the file. */
  async #readBack(index: number): Promise<void> {
    const length = this.#lengthOf(index);
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(bytes, 0, length, index * this.#what.partBytes);
    if (bytesRead < length) throw new Error('the staged file is shorter than what was written to it');
    this.#hash.update(bytes);
  }

  async #buffer(): Promise<Buffer> {
    for (;;) {
      this.#stop.throwIfAborted();
      const buffer = this.#free.pop();
      if (buffer !== undefined) return buffer;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  #release(buffer: Buffer): void {
    this.#free.push(buffer);
    this.#waiting.shift()?.();
  }

  #lengthOf(index: number): number {
    return Math.min(this.#what.partBytes, this.#what.size - index * this.#what.partBytes);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written);
    if (bytesWritten === 0) throw Object.assign(new Error('no space left for the bytes'), { code: 'ENOSPC' });
    written += bytesWritten;
  }
}

/** Continues what an earlier run left of this very object, if its bytes are still there too. */
async function begin(what: Download): Promise<{ file: FileHandle; earlier: ReadonlySet<number> }> {
  const earlier = await readParts(what);
  if (earlier.size > 0) {
    const file = await open(what.file, 'r+').catch(() => undefined);
    if (file !== undefined) return { file, earlier };
  }
  await writeFile(partsFile(what), `${firstLine(what)}\n`);
  return { file: await open(what.file, 'w+'), earlier: new Set() };
}

function partsFile(what: Download): string {
  return `${what.file}.parts`;
}

/** Which object the parts are of, and how large they are. */
function firstLine(what: Download): string {
  return JSON.stringify([what.identity, what.size, what.partBytes]);
}

/** The first line, then the number of each finished part. No note, or one of another object: none. */
async function readParts(what: Download): Promise<ReadonlySet<number>> {
  const text = await readFile(partsFile(what), 'utf8').catch(() => '');
  const [first, ...lines] = text.split('\n');
  if (first !== firstLine(what)) return new Set();
  // What stands after the last line feed was not written to its end.
  const numbers = lines.slice(0, -1).map(line => (/^\d+$/.test(line) ? Number(line) : -1));
  return new Set(numbers.filter(index => index >= 0 && index * what.partBytes < what.size));
}
