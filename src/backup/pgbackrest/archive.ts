import { z } from 'zod';
import { basename } from 'node:path';
import type { StoreAccess } from '../backup.ts';
import { placeOfName, positionOf, segmentName, segmentOf, USUAL_SEGMENT_BYTES, type SegmentPlace } from '../wal-name.ts';
import { unpackBytes } from '../../system/unpack.ts';
import { pgbackrest, refused } from './command.ts';
import type { KeptBackup } from './catalogue.ts';
import { readOptions } from './options.ts';

/** The archive of one cluster in one repository. */
export interface Archive {
  /** Path in the repository by the 24 digits of the segment. */
  readonly segments: ReadonlyMap<string, { readonly path: string; readonly storedAt: string }>;
  readonly histories: ReadonlyMap<number, string>;
}

const Listed = z.record(z.string(), z.looseObject({ type: z.string(), time: z.number().optional() }));

/** Where a repository and one archive in it are. */
export interface ArchivePlace {
  readonly store: StoreAccess;
  readonly repo: number;
  readonly id: string;
}

/** Names of everything archived, and the histories. Throws BackupError. */
export async function readArchive({ store, repo, id }: ArchivePlace, stop: AbortSignal): Promise<Archive> {
  const folder = `archive/${readOptions(store.section).stanza}/${id}`;
  const args = [`--repo=${repo}`, '--recurse', '--output=json', 'repo-ls', folder];
  const result = await pgbackrest(store, { args, keepBytes: 1 << 30 }, stop);
  if (result.exitCode !== 0) throw refused('the archive could not be listed', result);
  const segments = new Map<string, { path: string; storedAt: string }>();
  const histories = new Map<number, string>();
  for (const [name, { type, time }] of Object.entries(Listed.parse(JSON.parse(result.stdout)))) {
    if (type !== 'file') continue;
    const segment = /^([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/.exec(basename(name))?.[1];
    const timeline = /^([0-9A-F]{8})\.history$/.exec(name)?.[1];
    if (segment !== undefined) segments.set(segment, { path: `${folder}/${name}`, storedAt: new Date((time ?? 0) * 1_000).toISOString() });
    if (timeline !== undefined)
      histories.set(Number.parseInt(timeline, 16), (await readStored({ store, repo }, `${folder}/${name}`, stop)).toString('latin1'));
  }
  return { segments, histories };
}

/** One file of a repository, decrypted and unpacked. Throws BackupError, or UnpackError for a damaged one. */
export async function readStored(at: Omit<ArchivePlace, 'id'>, path: string, stop: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer): void => void chunks.push(Buffer.from(chunk));
  const result = await pgbackrest(at.store, { args: [`--repo=${at.repo}`, 'repo-get', path], take }, stop);
  if (result.exitCode !== 0) throw refused('a file of the repository could not be read', result);
  return unpackBytes(Buffer.concat(chunks), 1 << 30, stop);
}

const SIZES = [USUAL_SEGMENT_BYTES, ...Array.from({ length: 11 }, (_, power) => 2 ** (20 + power))];

/** Bytes of a segment: the size by which the backup's position lies in its first segment. */
export function segmentBytesOf({ archive, lsn }: KeptBackup): number {
  const position = positionOf(lsn?.start ?? '') ?? 0n;
  const name = archive.start ?? '';
  const timeline = Number.parseInt(name.slice(0, 8), 16);
  return SIZES.find(bytes => segmentName({ timeline, number: segmentOf(position, bytes) }, bytes) === name) ?? USUAL_SEGMENT_BYTES;
}

export function placesOf(archive: Archive, segmentBytes: number): readonly SegmentPlace[] {
  return [...archive.segments.keys()].flatMap(name => placeOfName(name, segmentBytes) ?? []);
}
