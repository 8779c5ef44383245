import { join } from 'node:path';
import { isCode, readdir, stat } from '../../system/files.ts';
import { unpacked, unpackedStart, UnpackError } from '../../system/unpack.ts';
import { placeOfName, USUAL_SEGMENT_BYTES } from '../wal-name.ts';
import { faultOfHeader, type Fault } from '../wal-fault.ts';
import { HEADER_BYTES, readSegmentHeader } from '../wal-segment.ts';
import { throwIfStopped } from './find.ts';

/** A file of the archive. */
export interface ArchivedFile {
  readonly path: string;
  readonly packed: boolean;
}

/** What a folder of archived log holds, by the names that the server gives. */
export interface Archive {
  /** Segments by their 24 digits. */
  readonly segments: ReadonlyMap<string, ArchivedFile>;
  readonly histories: ReadonlyMap<number, string>;
  readonly historyFiles: ReadonlyMap<number, ArchivedFile>;
  readonly segmentBytes: number;
  /** What was found out of a segment: several backups share them. */
  readonly known: Map<string, Fault>;
}

export const EMPTY_ARCHIVE: Archive = {
  segments: new Map(),
  histories: new Map(),
  historyFiles: new Map(),
  segmentBytes: USUAL_SEGMENT_BYTES,
  known: new Map(),
};

const SEGMENT = /^([0-9A-F]{24})(\.(?:gz|zst|lz4|xz|bz2))?$/;
const HISTORY = /^([0-9A-F]{8})\.history(\.(?:gz|zst|lz4|xz|bz2))?$/;
/** Some tools make a folder for each 4 GiB. */
const DEEPEST = 2;
const HISTORY_BYTES = 1 << 20;

/** Reads the names, the histories, and the size of segments from one of them. Rejects with the system's error. */
export async function readArchive(folder: string, stop: AbortSignal): Promise<Archive> {
  const segments = new Map<string, ArchivedFile>();
  const historyFiles = new Map<number, ArchivedFile>();
  await collect(folder, { segments, historyFiles, depth: 0 }, stop);
  const histories = new Map<number, string>();
  for (const [timeline, file] of historyFiles) {
    const text = await contentOf(file, HISTORY_BYTES, stop);
    if (text !== undefined) histories.set(timeline, text.toString('latin1'));
  }
  return { segments, histories, historyFiles, segmentBytes: await segmentSize(segments, stop), known: new Map() };
}

interface Collected {
  readonly segments: Map<string, ArchivedFile>;
  readonly historyFiles: Map<number, ArchivedFile>;
  readonly depth: number;
}

async function collect(folder: string, to: Collected, stop: AbortSignal): Promise<void> {
  throwIfStopped(stop);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && to.depth < DEEPEST) await collect(path, { ...to, depth: to.depth + 1 }, stop);
    if (!entry.isFile()) continue;
    const [, segment, segmentPacking] = SEGMENT.exec(entry.name) ?? [];
    const [, history, historyPacking] = HISTORY.exec(entry.name) ?? [];
    if (segment !== undefined && (segmentPacking === undefined || !to.segments.has(segment)))
      to.segments.set(segment, { path, packed: segmentPacking !== undefined });
    if (history !== undefined) to.historyFiles.set(Number.parseInt(history, 16), { path, packed: historyPacking !== undefined });
  }
}

async function segmentSize(segments: ReadonlyMap<string, ArchivedFile>, stop: AbortSignal): Promise<number> {
  for (const file of [...segments.values()].slice(0, 8)) {
    throwIfStopped(stop);
    const header = readSegmentHeader((await unpackedStart(file.path, HEADER_BYTES)).bytes);
    if (header !== undefined) return header.segmentBytes;
  }
  return USUAL_SEGMENT_BYTES;
}

/** Unpacked content; undefined if it went away or is damaged. A missing program is an error of ours. */
export async function contentOf(file: ArchivedFile, most: number, stop: AbortSignal): Promise<Buffer | undefined> {
  try {
    return await unpacked(file.path, most, stop);
  } catch (error) {
    if (isCode(error, 'ENOENT') || (error instanceof UnpackError && error.program === undefined)) return undefined;
    throw error;
  }
}

/** What is wrong with one segment where it lies, by its size and its first bytes: of what only a program could unpack, nothing is said. */
export async function faultOf(archive: Archive, name: string, systemId: string | null): Promise<Fault> {
  const key = `${name} ${systemId ?? ''}`;
  if (!archive.known.has(key)) archive.known.set(key, await lookAtSegment(archive, name, systemId));
  return archive.known.get(key);
}

async function lookAtSegment(archive: Archive, name: string, systemId: string | null): Promise<Fault> {
  const file = archive.segments.get(name);
  const place = placeOfName(name, archive.segmentBytes);
  if (file === undefined || place === undefined) return 'gone';
  const { bytes, packing } = await unpackedStart(file.path, HEADER_BYTES);
  if (packing !== 'none' && packing !== 'gzip') return undefined;
  if (packing === 'none' && (await stat(file.path)).size !== archive.segmentBytes) return 'damaged';
  return faultOfHeader(bytes, { place, segmentBytes: archive.segmentBytes, systemId });
}
