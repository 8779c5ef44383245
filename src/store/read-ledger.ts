import { isSignedBy, parseCheckpoint, type Checkpoint } from '../evidence/checkpoint.ts';
import { EvidenceError } from '../evidence/error.ts';
import type { PublicKey } from '../evidence/key.ts';
import { LedgerReader } from '../evidence/ledger-reader.ts';
import { linesOf } from '../evidence/line.ts';
import { parseEnvelope } from '../evidence/dsse.ts';
import { asText, readStatement, type Statement } from '../evidence/statement.ts';
import { createReadStream, exists, stat } from '../system/files.ts';
import { StoreError } from './error.ts';
import { readCheckpoints, type CheckpointFile, type LedgerPaths } from './ledger-folder.ts';

/** A ledger as its file stands, found to be an unbroken extension of its last checkpoint. */
export interface ReadLedger {
  readonly reader: LedgerReader;
  readonly origin: string;
  readonly checkpoint: Checkpoint | undefined;
  /** Bytes of the whole lines. */
  readonly bytes: number;
  /** Bytes stand behind the last newline: a crash in the middle of an append. */
  readonly partial: boolean;
}

export interface ReadRequest {
  readonly paths: LedgerPaths;
  readonly client: string;
  /** Only these may have signed: from the private folder, not from beside the ledger. */
  readonly keys: readonly PublicKey[];
  /** Called for each entry that holds. */
  each(statement: Statement, line: Buffer): void;
}

/**
 * Reads the whole file. Lines below the last checkpoint are covered by its signature; those after it are checked one by one. Undefined
 * if there is no ledger yet. Throws StoreError `ledger-altered`, with the same words as the verifier.
 */
export async function readLedger(request: ReadRequest): Promise<ReadLedger | undefined> {
  const { paths, client } = request;
  const checkpoint = trusted(await readCheckpoints(paths), request);
  const origin = (await exists(paths.lines)) ? await originOf(paths.lines) : undefined;
  if (origin === undefined) {
    if (checkpoint !== undefined) throw altered(client, `TRUNCATED: 0 entries, checkpoint says ${checkpoint.size}`);
    return (await sizeOf(paths.lines)) > 0 ? { ...nothing(request), partial: true } : undefined;
  }
  if (checkpoint !== undefined && checkpoint.origin !== origin) throw altered(client, 'WRONG LEDGER at 0');
  const reader = new LedgerReader({ origin, keys: request.keys, trustBelow: checkpoint?.size ?? 0 });
  const read = await readAll(reader, request, checkpoint);
  if (reader.size < (checkpoint?.size ?? 0))
    throw altered(client, `TRUNCATED: ${reader.size} entries, checkpoint says ${checkpoint?.size ?? 0}`);
  return { reader, origin, checkpoint, ...read };
}

/** "Somebody changed it": nothing may be appended to it. */
export function altered(client: string, what: string): StoreError {
  return new StoreError('ledger-altered', `ledger of client ${client}: ${what}`, {
    hint: 'Do not mend it by hand: put back the file from a copy, then run `resurgam verify` on its folder.',
  });
}

async function readAll(
  reader: LedgerReader,
  request: ReadRequest,
  checkpoint: Checkpoint | undefined,
): Promise<{ bytes: number; partial: boolean }> {
  const batches = linesOf(createReadStream(request.paths.lines));
  let bytes = 0;
  for (let batch = await batches.next(); ; batch = await batches.next()) {
    if (batch.done === true) return { bytes, partial: batch.value };
    for (const line of batch.value) {
      take(reader, line, request);
      bytes += line.length + 1;
      if (reader.size === checkpoint?.size && reader.tree.root().toString('base64') !== checkpoint.root) {
        throw altered(request.client, 'ROOT MISMATCH');
      }
    }
  }
}

/** Takes one line, or throws what is wrong with it. */
export function take(reader: LedgerReader, line: Buffer, { client, each }: Pick<ReadRequest, 'client' | 'each'>): void {
  const seq = reader.size;
  const reading = reader.take(line);
  if ('broken' in reading) throw altered(client, `${reading.broken} at ${seq}`);
  if (asText(reading.statement.predicate.client) !== client) throw altered(client, `WRONG LEDGER at ${seq}`);
  each(reading.statement, line);
}

/** The checkpoint that covers most. One that we did not sign, or two that contradict each other, are somebody's work. */
function trusted(files: readonly CheckpointFile[], { client, keys }: ReadRequest): Checkpoint | undefined {
  const all = files.map(({ text }) => readTrusted(text, client, keys)).toSorted((a, b) => a.size - b.size);
  const last = all.at(-1);
  const other = all.find(one => one.size === last?.size && one.root !== last.root);
  if (other !== undefined) throw altered(client, `FORK between checkpoints ${other.size} and ${other.size}`);
  return last;
}

function readTrusted(text: string, client: string, keys: readonly PublicKey[]): Checkpoint {
  try {
    const checkpoint = parseCheckpoint(text);
    if (isSignedBy(checkpoint, keys)) return checkpoint;
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
  }
  throw altered(client, 'BAD CHECKPOINT SIGNATURE');
}

/** What the first line says it is the ledger of; undefined if there is no whole first line. */
async function originOf(path: string): Promise<string | undefined> {
  for await (const [line] of linesOf(createReadStream(path))) {
    return line === undefined ? '' : originIn(line);
  }
  return undefined;
}

/** What a first line says it is the ledger of; empty if it says nothing. */
export function originIn(line: Buffer): string {
  const envelope = parseEnvelope(line);
  return (envelope && asText(readStatement(envelope.payload).predicate.origin)) ?? '';
}

async function sizeOf(path: string): Promise<number> {
  return (await exists(path)) ? (await stat(path)).size : 0;
}

function nothing({ keys }: ReadRequest): Omit<ReadLedger, 'partial'> {
  return { reader: new LedgerReader({ origin: '', keys }), origin: '', checkpoint: undefined, bytes: 0 };
}
