import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Finding } from '../../finding/finding.ts';
import { mkdir, rm, writeFile } from '../../system/files.ts';
import type { FetchPlace, RecoveryPoint } from '../backup.ts';
import { endOfLog, faultOfHeader, findingOfFault, type Fault } from '../wal-fault.ts';
import { placeOfName } from '../wal-name.ts';
import { contentOf, type Archive } from './archive.ts';
import { throwIfStopped } from './find.ts';
import { handleOf } from './point.ts';
import { WAL_FOLDER } from './staged.ts';

export interface FetchingWal {
  readonly point: RecoveryPoint;
  readonly archive: Archive;
  readonly at: FetchPlace;
  taken(bytes: number): void;
}

/** The log of a point in the staging folder, unpacked. */
export interface FetchedWal {
  readonly segments: number;
  /** Position after the last whole record of it. */
  readonly until: string | null;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly findings: readonly Finding[];
}

const HISTORY_BYTES = 1 << 20;

/** Brings every segment and history over, and proves each by its size and its header, the last one record by record. */
export async function fetchWal(of: FetchingWal, stop: AbortSignal): Promise<FetchedWal> {
  const { segments } = handleOf(of.point);
  const folder = join(of.at.staging, WAL_FOLDER);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  const files: { name: string; sha256: string }[] = [];
  const keep = async (name: string, content: Buffer): Promise<void> => {
    await writeFile(join(folder, name), content, { mode: 0o600 });
    files.push({ name: `${WAL_FOLDER}/${name}`, sha256: createHash('sha256').update(content).digest('hex') });
  };
  for (const [timeline, file] of segments.length === 0 ? [] : of.archive.historyFiles) {
    const content = await contentOf(file, HISTORY_BYTES, stop);
    if (content !== undefined) await keep(`${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`, content);
  }
  let last: Buffer | undefined;
  for (const [index, name] of segments.entries()) {
    throwIfStopped(stop);
    const content = await segmentOf(of, name, stop);
    const fault = faultIn(of, name, content);
    if (content === undefined || fault !== undefined) return faulty(fault ?? 'gone', segments.length - index, files);
    await keep(name, content);
    of.taken(content.length);
    last = content;
  }
  return { segments: segments.length, files, ...endOfLog(last) };
}

async function segmentOf({ archive }: FetchingWal, name: string, stop: AbortSignal): Promise<Buffer | undefined> {
  const file = archive.segments.get(name);
  return file === undefined ? undefined : contentOf(file, archive.segmentBytes, stop);
}

function faultIn({ archive, point }: FetchingWal, name: string, content: Buffer | undefined): Fault {
  const place = placeOfName(name, archive.segmentBytes);
  if (content === undefined || place === undefined) return 'damaged';
  if (content.length !== archive.segmentBytes) return 'damaged';
  return faultOfHeader(content, { place, segmentBytes: archive.segmentBytes, systemId: handleOf(point).systemId });
}

function faulty(fault: Exclude<Fault, undefined>, beyond: number, files: FetchedWal['files']): FetchedWal {
  return { segments: files.length, until: null, files, findings: [findingOfFault(fault, beyond)] };
}
