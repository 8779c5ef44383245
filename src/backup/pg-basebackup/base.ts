import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isCode, lstat, readdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { unpackedStart } from '../../system/unpack.ts';
import { readBackupLabel, type BackupLabel } from '../backup-label.ts';
import { majorOfSegment, readSegmentHeader } from '../wal-segment.ts';
import { throwIfStopped, type Place } from './find.ts';
import { readManifestEnd, type ManifestEnd } from './manifest.ts';

/** A base backup and what it says of itself. */
export interface Base extends Place {
  readonly label: BackupLabel | undefined;
  readonly manifest: ManifestEnd | undefined;
  /** `unfinished`: it has the temporary name that it bears until the end. */
  readonly state: 'whole' | 'unfinished' | 'bad-manifest' | 'no-manifest' | 'no-label';
  /** `null`: nothing that was looked at says so. */
  readonly major: number | null;
  readonly systemId: string | null;
  /** It brings the log that it needs along; `null`: that is inside of what was not opened. */
  readonly hasWal: boolean | null;
  readonly bytes: number;
  readonly finishedAt: string;
  /** Changes when other bytes take its place. */
  readonly mark: string;
}

/** The longest label is a few hundred bytes. */
const LABEL_BYTES = 8_192;
const TAR_BLOCK = 512;

/** Looks at one place; undefined if it went away meanwhile. Rejects with the system's error. */
export async function lookAtBase(place: Place, stop: AbortSignal): Promise<Base | undefined> {
  throwIfStopped(stop);
  try {
    const manifest = place.names.includes('backup_manifest') ? await readManifestEnd(join(place.path, 'backup_manifest')) : undefined;
    const labelText = place.shape === 'plain' ? await labelOfFolder(place) : await labelOfTar(place);
    const label = labelText === undefined ? undefined : readBackupLabel(labelText);
    const size = await sizeOf(place, stop);
    return {
      ...place,
      ...{ label, manifest },
      state: stateOf(place, label, manifest),
      ...(place.shape === 'plain' ? await facesOfFolder(place) : await facesOfTar(place)),
      ...size,
      mark:
        manifest?.mark ??
        createHash('sha256')
          .update(labelText ?? '')
          .digest('hex'),
    };
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function stateOf({ names, shape }: Place, label: BackupLabel | undefined, manifest: ManifestEnd | undefined): Base['state'] {
  if (names.includes('backup_manifest.tmp')) return 'unfinished';
  if (names.includes('backup_manifest') && manifest === undefined) return 'bad-manifest';
  if (label === undefined && (shape === 'plain' || manifest === undefined)) return 'no-label';
  return manifest === undefined ? 'no-manifest' : 'whole';
}

async function labelOfFolder({ path, names }: Place): Promise<string | undefined> {
  return names.includes('backup_label') ? textOf(join(path, 'backup_label'), LABEL_BYTES) : undefined;
}

async function textOf(path: string, most: number): Promise<string> {
  await using source = await openFileSource(path);
  return (await source.read(0, most)).toString('latin1');
}

/** The server sends the label first. */
async function labelOfTar(place: Place): Promise<string | undefined> {
  const { bytes } = await unpackedStart(join(place.path, tarIn(place, 'base') ?? ''), LABEL_BYTES);
  const name = bytes.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '');
  const size = Number.parseInt(bytes.subarray(124, 136).toString('latin1'), 8);
  return name === 'backup_label' ? bytes.subarray(TAR_BLOCK, TAR_BLOCK + size).toString('latin1') : undefined;
}

/** The archive of this name in a tar-format backup, however it is packed. */
export function tarIn({ names }: Pick<Place, 'names'>, name: string): string | undefined {
  return names.find(one => one === `${name}.tar` || (one.startsWith(`${name}.tar.`) && !one.includes('.', name.length + 5)));
}

type Faces = Pick<Base, 'major' | 'systemId' | 'hasWal'>;

async function facesOfFolder({ path, names }: Place): Promise<Faces> {
  const version = names.includes('PG_VERSION') ? Number((await textOf(join(path, 'PG_VERSION'), 16)).trim()) : Number.NaN;
  const control = await openFileSource(join(path, 'global/pg_control')).catch(() => undefined);
  const first = await control?.read(0, 8);
  await control?.[Symbol.asyncDispose]();
  const wal = await readdir(join(path, 'pg_wal')).catch(() => []);
  return {
    major: Number.isInteger(version) ? version : null,
    systemId: first?.length === 8 ? first.readBigUInt64LE(0).toString() : null,
    hasWal: wal.some(name => /^[0-9A-F]{24}$/.test(name)),
  };
}

/** The log that was streamed beside the backup tells the version and the cluster. */
async function facesOfTar(place: Place): Promise<Faces> {
  const wal = tarIn(place, 'pg_wal');
  if (wal === undefined) return { major: null, systemId: null, hasWal: null };
  const { bytes } = await unpackedStart(join(place.path, wal), 3 * TAR_BLOCK);
  const header = [TAR_BLOCK, 2 * TAR_BLOCK].map(at => readSegmentHeader(bytes.subarray(at))).find(one => one !== undefined);
  if (header === undefined) return { major: null, systemId: null, hasWal: bytes.length === 0 ? null : !isEmptyTar(bytes) };
  return { major: majorOfSegment(header) ?? null, systemId: header.systemId, hasWal: true };
}

function isEmptyTar(bytes: Buffer): boolean {
  return bytes.subarray(0, TAR_BLOCK).every(byte => byte === 0);
}

/** Names that a server may be busy with while we count. */
async function sizeOf(place: Place, stop: AbortSignal): Promise<Pick<Base, 'bytes' | 'finishedAt'>> {
  let bytes = 0;
  let newestMs = 0;
  const walk = async (folder: string): Promise<void> => {
    throwIfStopped(stop);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) {
        const facts = await lstat(path);
        bytes += facts.size;
        newestMs = Math.max(newestMs, facts.mtimeMs);
      }
    }
  };
  await walk(place.path);
  return { bytes, finishedAt: new Date(newestMs).toISOString() };
}
