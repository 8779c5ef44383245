import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import type { Artefact } from './artefact.ts';
import type { PgDumpHandle } from './handle.ts';
import { consistencyOf, saidBy, type SeenDump } from './look.ts';
import type { ManifestFacts } from '../dump-files/manifest.ts';
import { databaseSettings } from './settings.ts';
import type { Entry } from '../dump-files/store.ts';
import { pointId } from '../point-id.ts';

/** What fetching needs besides what restoring does: where the bytes are and how to know that they are still those. */
export interface PointHandle extends PgDumpHandle {
  readonly shape: Artefact['shape'];
  readonly key: string;
  /** The file; of a directory dump its `toc.dat`. */
  readonly entry: Entry;
  /** Found among the dumps; one that the plan names is looked up when it is fetched. */
  readonly globalsEntry: Entry | null;
  /** From a manifest. */
  readonly sha256: string | null;
}

/** The handle as it came out of JSON. */
export function readPointHandle(handle: Readonly<Record<string, unknown>>): PointHandle {
  return handle as unknown as PointHandle;
}

export const STAGED_FILE = 'dump';
export const STAGED_FOLDER = 'dump.dir';
export const STAGED_GLOBALS = 'globals.sql';

/** A dump as the rest of the product sees it. */
export function pointOf(
  seen: SeenDump,
  notes: { manifest: ManifestFacts; globals: Entry | null; location: string },
  access: StoreAccess,
): RecoveryPoint {
  const { artefact, dump } = seen;
  const dated = consistencyOf(seen, notes.manifest, access);
  const said = saidBy(dump);
  const handle: PointHandle = {
    format: dump.format,
    compression: dump.compression,
    file: artefact.shape === 'directory' ? STAGED_FOLDER : STAGED_FILE,
    globals: null,
    dumpVersion: said.dumpVersion,
    serverMajor: said.serverMajor,
    archiveVersion: dump.archive?.version ?? dump.problem?.archiveVersion ?? null,
    dbname: said.dbname,
    shape: artefact.shape,
    key: artefact.key,
    entry: artefact.entries[0],
    globalsEntry: notes.globals,
    sha256: notes.manifest.sha256,
  };
  return {
    id: pointId('dump', dated.at, access.pseudonym(artefact.key)),
    tool: 'pg-dump',
    kind: 'dump',
    consistentAt: dated.at,
    consistentBasis: dated.basis,
    availableAt: artefact.modifiedAt,
    bytes: artefact.bytes,
    sha256: notes.manifest.sha256,
    encrypted: false,
    location: notes.location,
    lockedUntil: null,
    needs:
      said.serverMajor === null
        ? null
        : { engine: 'postgres', major: said.serverMajor, settings: databaseSettings(dump.createDatabase, dump.encoding) },
    handle: { ...handle },
  };
}
