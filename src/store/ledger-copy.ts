import { dirname, join } from 'node:path';
import { parseCheckpoint } from '../evidence/checkpoint.ts';
import { sha256Hex } from '../evidence/digest.ts';
import { parseEnvelope } from '../evidence/dsse.ts';
import { readStatement, type Statement, type Subject } from '../evidence/statement.ts';
import { linesOf } from '../evidence/line.ts';
import { createReadStream, exists, readFile, writeDurably } from '../system/files.ts';
import { appendLine } from './append-line.ts';
import { privateFolder } from './home.ts';
import { readCheckpoints, type LedgerPaths } from './ledger-folder.ts';
import { altered, take, type ReadLedger } from './read-ledger.ts';
import { joined } from './seal-all.ts';
import type { SharedEnd, SharedLedger } from './shared-ledger.ts';
import type { SubjectFile } from './subject-files.ts';

/** So many lines travel at once. */
const BATCH = 500;

export interface Copying {
  readonly client: string;
  readonly paths: LedgerPaths;
  /** The copy as it was read last. */
  readonly read: ReadLedger;
  /** Where the shared ledger ended just now, and what stands in it where the copy ends. */
  readonly end: SharedEnd;
  each(statement: Statement): void;
}

export type CopyOutcome = Pick<ReadLedger, 'bytes'> & { readonly came: number };

/**
 * Brings this machine's copy up to the shared ledger: files first, then the lines that vouch for them, each checked before it is written. Only
 * under the client's lock. Throws StoreError `ledger-altered` if the two say different things: neither is touched then.
 */
export async function copyLedger(shared: SharedLedger, copying: Copying): Promise<CopyOutcome> {
  const { client, paths, read } = copying;
  const { reader } = read;
  const before = reader.size;
  let bytes = read.bytes;
  const { size, digest } = copying.end;
  if (digest !== undefined && digest !== reader.prev)
    throw altered(client, `FORK between this machine's copy and the shared ledger at ${before - 1}`);
  if (size < before) await giveBack(shared, copying, size);
  while (reader.size < size) {
    const lines = await shared.lines(reader.size, BATCH);
    if (lines.length === 0) throw altered(client, `TRUNCATED: ${reader.size} entries, the shared ledger said ${size}`);
    const named: Subject[] = [];
    for (const line of lines) take(reader, line, { client, each: statement => note(statement, copying, named) });
    await copyFiles(shared, copying, named);
    const text = joined(lines);
    await appendLine(paths, text, bytes);
    bytes += text.length + 1;
  }
  return { bytes, came: reader.size - before };
}

function note(statement: Statement, copying: Copying, named: Subject[]): void {
  copying.each(statement);
  named.push(...statement.subjects);
}

/** A name is a path below the folder: whoever signed it, it must not lead out. */
const INSIDE = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.@:+/-]*$/;

async function copyFiles(shared: SharedLedger, { client, paths }: Copying, subjects: readonly Subject[]): Promise<void> {
  const missing = new Map<string, string>();
  for (const { name, sha256 } of subjects) {
    if (INSIDE.test(name) && (await digestOf(join(paths.folder, name))) !== sha256) missing.set(name, sha256);
  }
  if (missing.size === 0) return;
  for (const { name, bytes } of await shared.files([...missing.keys()])) {
    if (sha256Hex(bytes) !== missing.get(name)) throw altered(client, `FILE ALTERED ${name}`);
    await privateFolder(dirname(join(paths.folder, name)));
    await writeDurably(join(paths.folder, name), bytes);
  }
}

/** What no entry vouched for may lie there from a process that was killed: it is replaced. */
async function digestOf(path: string): Promise<string | undefined> {
  return (await exists(path)) ? sha256Hex(await readFile(path)) : undefined;
}

/**
 * The shared ledger ends before our copy does: it is new, or its server went back to an older state. What is missing there was signed and handed
 * out; it is put back behind the line at which both are the same.
 */
async function giveBack(shared: SharedLedger, { client, paths, read }: Copying, from: number): Promise<void> {
  const lines = await linesFrom(paths, Math.max(0, from - 1));
  const last = from === 0 ? undefined : lines.shift();
  if (last !== undefined && (await shared.end(from - 1)).digest !== sha256Hex(last)) {
    throw altered(client, `FORK between this machine's copy and the shared ledger at ${from - 1}`);
  }
  for (let at = 0; at < lines.length; at += BATCH) {
    const batch = lines.slice(at, at + BATCH);
    // Somebody else gives it back, or goes on writing: whoever looks next sees which.
    if ((await shared.append(from + at, batch, { files: await filesOf(paths, batch), outbox: [] })) !== 'appended') return;
  }
  for (const { text } of await readCheckpoints(paths)) {
    const { size } = parseCheckpoint(text);
    if (size <= read.reader.size) await shared.keepCheckpoint(size, text);
  }
}

/** The lines from `seq` on. */
async function linesFrom(paths: LedgerPaths, seq: number): Promise<Buffer[]> {
  const all: Buffer[] = [];
  let at = 0;
  for await (const batch of linesOf(createReadStream(paths.lines))) {
    for (const line of batch) if (at++ >= seq) all.push(Buffer.from(line));
  }
  return all;
}

/** The files that these lines vouch for. One that is gone cannot be given; the verifier says so wherever the ledger is read. */
async function filesOf({ folder }: LedgerPaths, lines: readonly Buffer[]): Promise<readonly SubjectFile[]> {
  const files: SubjectFile[] = [];
  for (const name of new Set(lines.flatMap(namesIn))) {
    if (await exists(join(folder, name))) files.push({ name, bytes: await readFile(join(folder, name)) });
  }
  return files;
}

function namesIn(line: Buffer): readonly string[] {
  const envelope = parseEnvelope(line);
  return envelope === undefined ? [] : readStatement(envelope.payload).subjects.map(({ name }) => name);
}
