import { sha256 } from './digest.ts';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** RFC 6962 hash of one leaf. */
export function leafHash(bytes: Uint8Array): Buffer {
  return sha256(LEAF, bytes);
}

/** The root over a full stretch of leaves: a power of two of them, at a multiple of it. */
export interface Subtree {
  readonly size: number;
  readonly hash: Uint8Array;
}

/**
 * The RFC 6962 tree over leaves that come one by one. Keeps only the roots of the full subtrees (one per bit of the size), so that
 * a ledger of any length is hashed in flat memory.
 */
export class MerkleTree {
  #size = 0;
  /** Largest first; the sizes are the powers of two that `#size` is made of. */
  readonly #peaks: Uint8Array[] = [];

  get size(): number {
    return this.#size;
  }

  add(leaf: Uint8Array): void {
    this.addSubtree({ size: 1, hash: leafHash(leaf) });
  }

  /** As many leaves at once. */
  addSubtree({ size, hash }: Subtree): void {
    if (this.#size % size !== 0) throw new RangeError(`a subtree of ${size} leaves cannot stand behind ${this.#size}`);
    let top = hash;
    for (let rest = this.#size / size; rest % 2 === 1; rest = Math.floor(rest / 2)) top = sha256(NODE, this.#peaks.pop() ?? top, top);
    this.#peaks.push(top);
    this.#size += size;
  }

  /** 32 bytes. Of no leaves: the hash of nothing. */
  root(): Buffer {
    const last = this.#peaks.at(-1);
    if (last === undefined) return sha256();
    return Buffer.from(this.#peaks.slice(0, -1).reduceRight((right, left) => sha256(NODE, left, right), last));
  }
}

/**
 * The largest subtrees that leaves from `start` on are made of, in order, so that a tree can be built of them somewhere else. None reaches
 * over a size in `stops`: there the tree's root is asked for.
 */
export function subtreesOf(leaves: readonly Uint8Array[], start: number, stops: ReadonlySet<number>): readonly Subtree[] {
  const done: Subtree[] = [];
  let open: Subtree[] = [];
  for (const [index, leaf] of leaves.entries()) {
    let top: Subtree = { size: 1, hash: leaf };
    const end = start + index + 1;
    for (let left = open.at(-1); left?.size === top.size && end % (2 * top.size) === 0; left = open.at(-1)) {
      open.pop();
      top = { size: 2 * top.size, hash: sha256(NODE, left.hash, top.hash) };
    }
    open.push(top);
    if (stops.has(end)) {
      done.push(...open);
      open = [];
    }
  }
  return [...done, ...open];
}
