import type { BlockReader, BlockReading } from './block.ts';
import { isSignedBy, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { Completeness, type Summary } from './completeness.ts';
import { EvidenceError } from './error.ts';
import type { PublicKey } from './key.ts';
import { LedgerReader } from './ledger-reader.ts';
import { blocksOf, countLines, linesIn } from './line.ts';
import { Silences } from './silence.ts';
import type { Statement } from './statement.ts';

/** What a stranger is handed. Nothing of it is believed but the keys. */
export interface VerifyRequest {
  /** The bytes of `ledger.jsonl`, in chunks of any size. */
  readonly ledger: AsyncIterable<Uint8Array>;
  /** Text of the checkpoint that the ledger is measured by. */
  readonly checkpoint: string;
  readonly keys: readonly PublicKey[];
  /** Texts of further checkpoints: from the folder, a mail, a printed report. */
  readonly others?: readonly string[];
  /** Hex SHA-256 of a file that an entry vouches for; undefined if it is not there. Without it files are not looked at. */
  readonly digestOf?: (name: string) => Promise<string | undefined>;
  /** Reads blocks of lines elsewhere, beside one another; without it they are read here. What is found is the same. */
  readonly blocks?: (ledger: { readonly origin: string; readonly stops: ReadonlySet<number> }) => BlockReader;
  /** Called now and then with the bytes that were read. */
  readonly progress?: (bytes: number) => void;
  /** A file that is not there is no offence: only the ledger was handed over. */
  readonly filesMayBeAbsent?: boolean;
}

export interface Verification {
  /** 0 unaltered and complete, 1 altered, 3 unaltered but the record is not complete. */
  readonly exitCode: 0 | 1 | 3;
  /** One of the messages of evidence.md, section 11: the same as that of `verify.sh`. */
  readonly firstLine: string;
  /** `null` if the ledger was altered: what an altered ledger says is worth nothing. */
  readonly summary: Summary | null;
  /** No errors, but to be known: silence, missing anchors, entries that no checkpoint covers yet. */
  readonly statements: readonly string[];
}

/** Verifies a ledger in one pass and flat memory: lines, checkpoint, completeness; then files and further checkpoints. */
export async function verifyLedger(request: VerifyRequest): Promise<Verification> {
  const seen = new Seen(request);
  const offence = (await readLines(seen)) ?? checkMain(seen) ?? checkOthers(seen) ?? (await checkFiles(seen)) ?? checkForks(seen);
  if (offence !== undefined) return { exitCode: 1, firstLine: offence, summary: null, statements: [] };
  const summary = seen.completeness.summary();
  const complete = Object.values(summary.problems).every((list: readonly string[]) => list.length === 0);
  const { size } = seen.main ?? { size: 0 };
  const firstLine = `OK ${seen.reader.size} entries, checkpoint size ${size}, origin ${seen.origin}`;
  return { exitCode: complete ? 0 : 3, firstLine, summary, statements: statementsOf(seen) };
}

/** Exactly what `verify.sh` prints, without the statements that it does not know. */
export function verifyOutput({ firstLine, summary, exitCode }: Verification): string {
  if (summary === null) return `${firstLine}\n`;
  return `${firstLine}\n${JSON.stringify(summary)}\n${exitCode === 3 ? 'INCOMPLETE\n' : ''}`;
}

/** What one pass over a ledger leaves to judge by. */
class Seen {
  readonly request: VerifyRequest;
  readonly origin: string;
  /** Undefined: not even the form of a checkpoint. */
  readonly main: Checkpoint | undefined;
  readonly others: readonly (Checkpoint | undefined)[];
  readonly reader: LedgerReader;
  readonly completeness = new Completeness();
  readonly silences = new Silences();
  /** Roots at the sizes of all checkpoints. */
  readonly roots = new Map<number, string>();
  /** Digests that entries gave for a file name; more than one cannot all be right. */
  readonly files = new Map<string, Set<string>>();
  /** Sizes of all checkpoints. */
  readonly sizes: ReadonlySet<number>;
  absent = 0;
  /** The first line that does not hold. */
  offence: string | undefined;

  constructor(request: VerifyRequest) {
    this.request = request;
    this.main = read(request.checkpoint);
    this.others = (request.others ?? []).map(read);
    this.origin = request.checkpoint.split('\n', 1)[0] ?? '';
    this.reader = new LedgerReader({ origin: this.origin, keys: request.keys });
    this.sizes = new Set([this.main, ...this.others].flatMap(checkpoint => checkpoint?.size ?? []));
  }

  /** Up to the first line that does not hold. */
  takeLines(lines: readonly Buffer[]): void {
    for (const line of lines) {
      const reading = this.reader.take(line);
      if ('broken' in reading) {
        this.offence = `${reading.broken} at ${this.reader.size}`;
        return;
      }
      this.take(reading.statement);
      this.noteRoot();
    }
  }

  /** False if it must be taken line by line. */
  takeBlock(block: BlockReading): boolean {
    if (!this.reader.takeBlock(block, () => this.noteRoot())) return false;
    for (const one of block.told) this.take(typeof one === 'string' ? silent(one) : one);
    return true;
  }

  noteRoot(): void {
    if (this.sizes.has(this.reader.size)) this.roots.set(this.reader.size, this.reader.tree.root().toString('base64'));
  }

  take(statement: Statement): void {
    this.completeness.take(statement);
    this.silences.take(statement);
    for (const { name, sha256 } of statement.subjects) {
      const digests = this.files.get(name);
      if (digests === undefined) this.files.set(name, new Set([sha256]));
      else digests.add(sha256);
    }
  }
}

/** An entry of which nothing but its time matters. */
function silent(at: string): Statement {
  return { ledger: undefined, type: undefined, subjects: [], predicate: { seq: -1, prev: '', at } };
}

function read(text: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(text);
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}

/** A block of lines, and what came of reading it elsewhere. */
interface Pending {
  readonly bytes: Buffer;
  readonly reading: Promise<BlockReading | undefined> | undefined;
}

/** A last line without its newline is said before anything else: the file is not even whole. */
async function readLines(seen: Seen): Promise<string | undefined> {
  const { ledger, blocks: open } = seen.request;
  const reader = open?.({ origin: seen.origin, stops: seen.sizes });
  const blocks = blocksOf(ledger);
  const pending: Pending[] = [];
  let start = 0;
  for (let block = await blocks.next(); ; block = await blocks.next()) {
    while (pending.length > (block.done === true ? 0 : (reader?.ahead ?? 0))) await takeNext(seen, pending.shift());
    if (block.done === true) return block.value || start === 0 ? 'PARTIAL LAST LINE' : seen.offence;
    const bytes = block.value;
    const reading = seen.offence === undefined ? reader?.read({ start, bytes }) : undefined;
    // It is awaited in its turn; until then nobody need be told that it failed.
    reading?.catch(() => undefined);
    pending.push({ bytes, reading });
    start += countLines(bytes);
  }
}

async function takeNext(seen: Seen, next: Pending | undefined): Promise<void> {
  const block = await next?.reading;
  if (next === undefined || seen.offence !== undefined) return;
  if (block === undefined || !seen.takeBlock(block)) seen.takeLines(linesIn(next.bytes));
  seen.request.progress?.(next.bytes.length);
}

function checkMain({ main, request, reader, roots }: Seen): string | undefined {
  if (main === undefined || !isSignedBy(main, request.keys)) return 'BAD CHECKPOINT SIGNATURE';
  if (reader.size < main.size) return `TRUNCATED: ${reader.size} entries, checkpoint says ${main.size}`;
  return roots.get(main.size) === main.root ? undefined : 'ROOT MISMATCH';
}

/** A newer checkpoint than the one at hand betrays a ledger that was rolled back. */
function checkOthers({ others, request, reader, origin }: Seen): string | undefined {
  for (const other of others) {
    if (other === undefined || !isSignedBy(other, request.keys)) return 'BAD CHECKPOINT SIGNATURE';
    if (other.origin !== origin) return 'WRONG LEDGER at 0';
    if (other.size > reader.size) return `TRUNCATED: ${reader.size} entries, checkpoint says ${other.size}`;
  }
  return undefined;
}

async function checkFiles(seen: Seen): Promise<string | undefined> {
  const { digestOf, filesMayBeAbsent = false } = seen.request;
  if (digestOf === undefined) return undefined;
  let altered: string | undefined;
  for (const [name, digests] of seen.files) {
    const found = await digestOf(name);
    if (found === undefined && !filesMayBeAbsent) return `FILE MISSING ${printable(name)}`;
    if (found === undefined) seen.absent += 1;
    else if (digests.size > 1 || !digests.has(found)) altered ??= `FILE ALTERED ${printable(name)}`;
  }
  return altered;
}

function checkForks({ main, others, roots }: Seen): string | undefined {
  const forked = others.find(other => other !== undefined && roots.get(other.size) !== other.root);
  if (forked === undefined || main === undefined) return undefined;
  const [first, second] = [forked.size, main.size].toSorted((a, b) => a - b);
  return `FORK between checkpoints ${first ?? 0} and ${second ?? 0}`;
}

function statementsOf({ main, reader, silences, absent }: Seen): readonly string[] {
  const after = reader.size - (main?.size ?? 0);
  const anchored = silences.notAnchoredSince();
  return [
    ...(anchored === undefined ? [] : [`not anchored since ${anchored}`]),
    ...silences.found.map(({ from, to }) => `not heard from ${from} to ${to}`),
    ...(after === 0 ? [] : [`${after} entries after the checkpoint`]),
    ...(absent === 0 ? [] : [`${absent} files that entries vouch for were not there to be looked at`]),
  ];
}

/** A name out of a ledger that may be a forgery is not trusted on a terminal. */
function printable(name: string): string {
  return name.replaceAll(/[^ -~]/g, '?').slice(0, 300);
}
