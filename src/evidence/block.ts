import { fromBase64, sha256Hex } from './digest.ts';
import { parseEnvelope, preAuthenticationEncoding, type Envelope } from './dsse.ts';
import type { PublicKey } from './key.ts';
import { linesIn } from './line.ts';
import { leafHash, subtreesOf, type Subtree } from './merkle.ts';
import { asText, ledgerName, readStatement, type Predicate, type Statement } from './statement.ts';

/** Whole lines of a ledger, and the `seq` that the first of them must have. */
export interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What is the same for every block of a ledger. */
export interface BlockOptions {
  readonly origin: string;
  readonly keys: readonly PublicKey[];
  /** Sizes at which the root of the tree is asked for. */
  readonly stops: ReadonlySet<number>;
}

/**
 * A block in which nothing is wrong by itself: every signature is valid, each line follows the one before it. Whether the block follows the
 * one before it, and whether its keys were in force there, remains to be compared. Can be sent from one thread to another.
 */
export interface BlockReading {
  readonly start: number;
  readonly lines: number;
  /** What the first line says of the line before it. */
  readonly prev: string;
  readonly firstAt: string;
  /** Hex SHA-256 of the last line, and its `at`. */
  readonly digest: string;
  readonly lastAt: string;
  /** Key ids of each line; every set of them once. */
  readonly signedBy: readonly (readonly string[])[];
  readonly subtrees: readonly Subtree[];
  /** Of each line what is judged later: the statement, or `at` alone. */
  readonly told: readonly (Statement | string)[];
}

/** Reads blocks somewhere else, several at a time. */
export interface BlockReader {
  /** How many blocks may be with it. */
  readonly ahead: number;
  /** Undefined: the block must be read line by line. */
  read(block: Block): Promise<BlockReading | undefined>;
}

/**
 * Checks a block by itself. Undefined if anything is wrong in it, and if it changes which keys are in force: which line that is, and what is
 * to be said of it, tells `LedgerReader`, one line after the other. Pure.
 */
export function readBlock({ start, bytes }: Block, options: BlockOptions): BlockReading | undefined {
  const reading = new Reading(start, options);
  const lines = linesIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return lines.length > 0 && lines.every(line => reading.take(line)) ? reading.result() : undefined;
}

class Reading {
  readonly #start: number;
  readonly #name: string;
  readonly #stops: ReadonlySet<number>;
  readonly #keys: ReadonlyMap<string, PublicKey>;
  readonly #leaves: Buffer[] = [];
  readonly #told: (Statement | string)[] = [];
  readonly #signedBy = new Map<string, readonly string[]>();
  #first: Predicate | undefined;
  #digest = '';
  #at = '';

  constructor(start: number, { origin, keys, stops }: BlockOptions) {
    this.#start = start;
    this.#name = ledgerName(origin);
    this.#stops = stops;
    this.#keys = new Map(keys.map(key => [key.keyid, key]));
  }

  /** False for a line that needs a closer look. */
  take(line: Buffer): boolean {
    const envelope = parseEnvelope(line);
    if (envelope === undefined || !this.#isSigned(envelope)) return false;
    const statement = readStatement(envelope.payload);
    const { predicate } = statement;
    if (statement.ledger !== this.#name || changesKeys(statement) || !this.#follows(predicate)) return false;
    this.#first ??= predicate;
    this.#digest = sha256Hex(line);
    this.#at = predicate.at;
    this.#leaves.push(leafHash(line));
    this.#told.push(isJudged(statement) ? brief(statement) : predicate.at);
    return true;
  }

  result(): BlockReading {
    return {
      start: this.#start,
      lines: this.#leaves.length,
      prev: this.#first?.prev ?? '',
      firstAt: this.#first?.at ?? '',
      digest: this.#digest,
      lastAt: this.#at,
      signedBy: [...this.#signedBy.values()],
      subtrees: subtreesOf(this.#leaves, this.#start, this.#stops),
      told: this.#told,
    };
  }

  #follows({ seq, prev, at }: Predicate): boolean {
    if (seq !== this.#start + this.#leaves.length) return false;
    return this.#first === undefined || (prev === this.#digest && at >= this.#at);
  }

  #isSigned({ payload, signatures }: Envelope): boolean {
    const message = preAuthenticationEncoding(payload);
    const valid = signatures.every(({ keyid, sig }) => {
      const signature = fromBase64(sig);
      return signature !== undefined && this.#keys.get(keyid)?.verify(message, signature) === true;
    });
    const ids = signatures.map(({ keyid }) => keyid);
    this.#signedBy.set(ids.join(' '), ids);
    return valid && ids.length > 0;
  }
}

/** The words by which an entry says which keys are in force: reserved for it (evidence.md, section 3). */
function changesKeys({ type, predicate }: Statement): boolean {
  return type === 'key' || asText(predicate.replaces) !== undefined || asText(predicate.revokes) !== undefined;
}

const JUDGED = new Set([
  'schedule',
  'drill-started',
  'drill-finished',
  'drill-skipped',
  'drill-missed',
  'heartbeat',
  'checkpoint-anchored',
]);
const WORDS = 'plan kind from to occurrences cancels drill occurrence attempt verdict intervalMs'.split(' ');

/** Whether completeness, silences or files need more of it than its time. */
function isJudged({ type, subjects }: Statement): boolean {
  return subjects.length > 0 || JUDGED.has(type ?? '');
}

/** What they read of it: the rest need not travel. */
function brief({ ledger, type, subjects, predicate }: Statement): Statement {
  const { seq, prev, at } = predicate;
  const words = WORDS.filter(word => predicate[word] !== undefined).map(word => [word, predicate[word]]);
  return { ledger, type, subjects, predicate: { ...(Object.fromEntries(words) as Readonly<Record<string, unknown>>), seq, prev, at } };
}
