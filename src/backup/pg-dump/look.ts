import { basename } from 'node:path/posix';
import { BackupError, type StoreAccess } from '../backup.ts';
import { majorOf, type ArchiveHeader } from './archive-header.ts';
import type { Artefact } from './artefact.ts';
import { ownZone, resolveLocal, resolveOffsets, type Dated, type ZoneFacts } from '../created.ts';
import { isSealed, SEALED_HEAD_BYTES } from '../encrypted.ts';
import type { ManifestFacts } from '../dump-files/manifest.ts';
import { timeInName } from '../name-time.ts';
import { readOptions } from './options.ts';
import { offsetsOfZone, type PlainHeader } from './plain-header.ts';
import { sniff, sniffDirectory, type Sniffed, type SniffedDump } from './sniff.ts';
import { throwIfStopped, type Store } from '../dump-files/store.ts';

/** An artefact and what its first bytes say. `unreadable`: we may not open it, or the store did not give it. */
export interface Seen {
  readonly artefact: Artefact;
  readonly sniffed: Sniffed | { readonly kind: 'unreadable' } | { readonly kind: 'gone' };
}

export interface SeenDump {
  readonly artefact: Artefact;
  readonly dump: SniffedDump;
}

const SIDE_BY_SIDE = 8;
/** These are about one file; everything else is about the store, and ends the look. */
const OF_ONE_FILE = new Set(['store-unreadable', 'credentials-refused', 'bytes-changed']);

/** Looks at the beginning of every artefact, several at a time. */
export async function lookAtAll(store: Store, artefacts: readonly Artefact[], stop: AbortSignal): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let artefact = artefacts[next++]; artefact !== undefined; artefact = artefacts[next++]) {
      throwIfStopped(stop);
      seen.push({ artefact, sniffed: await lookAt(store, artefact, stop) });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return seen;
}

async function lookAt(store: Store, artefact: Artefact, stop: AbortSignal): Promise<Seen['sniffed']> {
  const [entry] = artefact.entries;
  const read = (length: number): Promise<Buffer> => store.read(entry, { from: 0, length }, stop);
  try {
    if (artefact.shape === 'file') {
      const sniffed = await sniff(entry.size, read);
      if (sniffed.kind !== 'other' || !isSealed(entry.key, await read(SEALED_HEAD_BYTES))) return sniffed;
      return { kind: 'unsupported', what: 'encrypted' };
    }
    return basename(entry.key) === 'toc.dat' ? await sniffDirectory(entry.size, await read(65_536)) : { kind: 'broken' };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'object-gone' || error.code === 'store-missing') return { kind: 'gone' };
    if (OF_ONE_FILE.has(error.code)) return { kind: 'unreadable' };
    throw error;
  }
}

/** Name of the database, version of its server and of pg_dump, as far as the dump says them. */
export function saidBy(dump: SniffedDump): { dbname: string | null; serverMajor: number | null; dumpVersion: string | null } {
  const { archive, plain } = dump;
  return {
    dbname: archive?.dbname ?? plain?.dbname ?? null,
    serverMajor: majorOf(archive?.serverVersion ?? plain?.serverVersion ?? null),
    dumpVersion: archive?.dumpVersion ?? plain?.dumpVersion ?? null,
  };
}

/** When the data were as they are in the dump: manifest, then header, then a time in the name. Never the file's own date. */
export function consistencyOf(seen: SeenDump, manifest: ManifestFacts, access: StoreAccess): Dated {
  const { artefact, dump } = seen;
  if (manifest.consistentAt !== null) return { at: manifest.consistentAt, basis: 'derived' };
  const facts: ZoneFacts = {
    finishedMs: Date.parse(artefact.modifiedAt),
    bytes: artefact.bytes,
    declaredZone: readOptions(access.section).time ?? null,
    ownZone: ownZone(),
  };
  return fromHeader(dump.archive, facts) ?? fromPlain(dump.plain, facts) ?? fromName(artefact, facts) ?? { at: null, basis: 'not-tested' };
}

function fromHeader(archive: ArchiveHeader | null, facts: ZoneFacts): Dated | undefined {
  return archive === null ? undefined : resolveLocal(archive.created, facts);
}

function fromPlain(plain: PlainHeader | null, facts: ZoneFacts): Dated | undefined {
  if (plain?.started == null) return undefined;
  const { local, zone } = plain.started;
  const offsets = offsetsOfZone(zone);
  return offsets.length === 0 ? resolveLocal(local, facts) : resolveOffsets(local, offsets, facts.finishedMs);
}

/** Only if the file was finished at that time or later: else the name speaks of something else. */
function fromName(artefact: Artefact, facts: ZoneFacts): Dated | undefined {
  const time = timeInName(artefact.key);
  if (time === undefined) return undefined;
  const dated = time.offset === null ? resolveLocal(time.local, facts) : resolveOffsets(time.local, [time.offset], facts.finishedMs);
  return dated.at !== null && Date.parse(dated.at) <= facts.finishedMs + 2_000 ? { at: dated.at, basis: 'declared' } : undefined;
}
