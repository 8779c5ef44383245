import { sha256 } from './digest.ts';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** RFC 6962 hash of one leaf. */
export function leafHash(bytes: Uint8Array): Buffer {
  return sha256(LEAF, bytes);
}

/**
 * The RFC 6962 tree over leaves that come one by one. Keeps only the roots of the full subtrees (one per bit of the size), so that
 * a ledger of any length is hashed in flat memory.
 */
export class MerkleTree {
  #size = 0;
  /** Largest first; the sizes are the powers of two that `#size` is made of. */
  readonly #peaks: Buffer[] = [];

  get size(): number {
    return this.#size;
  }

  add(leaf: Uint8Array): void {
    let hash = leafHash(leaf);
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = sha256(NODE, this.#peaks.pop() as Buffer, hash);
    this.#peaks.push(hash);
    this.#size += 1;
  }

  /** 32 bytes. Of no leaves: the hash of nothing. */
  root(): Buffer {
    const last = this.#peaks.at(-1);
    if (last === undefined) return sha256();
    return this.#peaks.slice(0, -1).reduceRight((right, left) => sha256(NODE, left, right), last);
  }
}
