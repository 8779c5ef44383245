import type { BlockReading } from './block.ts';
import { fromBase64, sha256Hex } from './digest.ts';
import { parseEnvelope, preAuthenticationEncoding, type Envelope } from './dsse.ts';
import type { PublicKey } from './key.ts';
import { MerkleTree } from './merkle.ts';
import { asText, ledgerName, NO_LINE, readStatement, type Statement } from './statement.ts';

/** What is wrong with a line, in the words of evidence.md, section 11. */
export type Broken =
  'BAD ENVELOPE' | 'UNKNOWN KEY' | 'BAD SIGNATURE' | 'KEY NOT IN FORCE' | 'WRONG LEDGER' | 'CHAIN BREAK' | 'TIME WENT BACK';

/** A line that holds: what it says. One that does not: why. */
export type Reading = { readonly statement: Statement } | { readonly broken: Broken };

export interface ReaderOptions {
  readonly origin: string;
  readonly keys: readonly PublicKey[];
  /** Entries below this `seq` are covered by a checkpoint whose root the caller compares: their signatures need not be checked again. */
  readonly trustBelow?: number;
}

/** Reads a ledger line by line, each check in the same order as the reference script, and holds nothing but its head. */
export class LedgerReader {
  readonly tree = new MerkleTree();
  #prev = NO_LINE;
  #at = '';
  readonly #force = new Set<string>();
  readonly #known: ReadonlyMap<string, PublicKey>;
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#known = new Map(options.keys.map(key => [key.keyid, key]));
  }

  /** Entries read: the `seq` of the next one. */
  get size(): number {
    return this.tree.size;
  }

  /** Hex SHA-256 of the last line. */
  get prev(): string {
    return this.#prev;
  }

  /** `at` of the last entry; empty before the first. */
  get at(): string {
    return this.#at;
  }

  /** Key ids that may sign the next entry. */
  get keysInForce(): ReadonlySet<string> {
    return this.#force;
  }

  /** Takes the next line without its newline. After a broken one nothing more may be taken. */
  take(line: Buffer): Reading {
    const envelope = parseEnvelope(line);
    if (envelope === undefined) return { broken: 'BAD ENVELOPE' };
    const statement = readStatement(envelope.payload);
    const { predicate } = statement;
    const keyid = asText(predicate.keyid);
    if (this.size === 0 && keyid !== undefined) this.#force.add(keyid);
    const unsigned = this.size < (this.#options.trustBelow ?? 0) ? undefined : this.#unsigned(envelope);
    if (unsigned !== undefined) return { broken: unsigned };
    if (statement.ledger !== ledgerName(this.#options.origin)) return { broken: 'WRONG LEDGER' };
    if (predicate.seq !== this.size || predicate.prev !== this.#prev) return { broken: 'CHAIN BREAK' };
    if (predicate.at < this.#at) return { broken: 'TIME WENT BACK' };
    if (statement.type === 'key' && keyid !== undefined) this.#force.add(keyid);
    const gone = asText(predicate.replaces) ?? asText(predicate.revokes);
    if (gone !== undefined) this.#force.delete(gone);
    this.#prev = sha256Hex(line);
    this.#at = predicate.at;
    this.tree.add(line);
    return { statement };
  }

  /**
   * Takes a block that was read by itself, calling `reached` after each stretch of it. False, and nothing is taken, if it does not follow what
   * was taken so far: then its lines must be taken one by one. The first line of a ledger says which key is in force, so that it must be, too.
   */
  takeBlock(block: BlockReading, reached: () => void): boolean {
    const follows = this.size > 0 && block.start === this.size && block.prev === this.#prev && block.firstAt >= this.#at;
    const inForce = block.signedBy.every(keyids => keyids.some(keyid => this.#force.has(keyid)));
    if (!follows || !inForce) return false;
    for (const subtree of block.subtrees) {
      this.tree.addSubtree(subtree);
      reached();
    }
    this.#prev = block.digest;
    this.#at = block.lastAt;
    return true;
  }

  /** Every signature must be by a key that we were given and be valid, and one of them by a key in force. */
  #unsigned({ payload, signatures }: Envelope): Broken | undefined {
    if (signatures.length === 0) return 'UNKNOWN KEY';
    const message = preAuthenticationEncoding(payload);
    for (const { keyid, sig } of signatures) {
      const key = this.#known.get(keyid);
      if (key === undefined) return 'UNKNOWN KEY';
      const signature = fromBase64(sig);
      if (signature === undefined || !key.verify(message, signature)) return 'BAD SIGNATURE';
    }
    return signatures.some(({ keyid }) => this.#force.has(keyid)) ? undefined : 'KEY NOT IN FORCE';
  }
}
