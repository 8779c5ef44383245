import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';

/** `O_PATH`: a handle on the thing itself, without opening it. Node does not name it. */
const O_PATH = 0o10000000;

interface Limit {
  /** Bytes that may come for one question. */
  readonly bytes: number;
  /** What the reader of the answer is told. */
  readonly refuse: (why: 'too-much' | 'protocol') => Error;
}

/**
 * A handle on the socket itself. A link there would lead us, with our rights, to another server of this machine; and through the
 * handle the path is short, however long the folder's is (a socket's address takes 107 bytes).
 */
export async function holdSocket(folder: string, name: string): Promise<FileHandle> {
  let directory: FileHandle | undefined;
  let handle: FileHandle | undefined;
  try {
    directory = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    handle = await open(`/proc/self/fd/${directory.fd}/${name}`, O_PATH | constants.O_NOFOLLOW);
    if (!(await handle.stat()).isSocket()) throw new Error('not a socket');
    return handle;
  } catch (error) {
    await handle?.close();
    throw error;
  } finally {
    await directory?.close();
  }
}

/** Counts what comes, and survives what cannot be parsed: an exception in a `data` listener would end our process. */
export class GuardedSocket extends Socket {
  readonly #path: string;
  readonly #limit: Limit;
  #taken = 0;

  constructor(path: string, limit: Limit) {
    super();
    this.#path = path;
    this.#limit = limit;
  }

  /** From now on the limit counts anew. */
  recount(): void {
    this.#taken = 0;
  }

  override connect(): this {
    super.connect({ path: this.#path });
    return this;
  }

  override emit(event: string, ...rest: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...rest);
    this.#taken += (rest[0] as Buffer).length;
    if (this.#taken > this.#limit.bytes) {
      this.destroy(this.#limit.refuse('too-much'));
      return true;
    }
    try {
      return super.emit(event, ...rest);
    } catch {
      this.destroy(this.#limit.refuse('protocol'));
      return true;
    }
  }
}
