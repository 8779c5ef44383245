import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { ownZone, resolveLocal, resolveOffsets } from '../created.ts';
import { manifestOf } from '../dump-files/manifest.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { timeInName } from '../name-time.ts';
import { pointId } from '../point-id.ts';
import { partsOf, type SqliteHandle } from './handle.ts';
import type { FoundDatabase, Looked } from './look.ts';
import { readOptions } from './options.ts';

export interface Place {
  readonly store: Store;
  readonly looked: Looked;
  readonly access: StoreAccess;
}

/** A database as the rest of the product sees it. It does not say of which moment it is: its name may, or what was written down beside it. */
export async function pointOf(found: FoundDatabase, { store, looked, access }: Place, stop: AbortSignal): Promise<RecoveryPoint> {
  const { entry, modifiedAt, database, wal, shm, journal } = found;
  const read = (of: Entry): Promise<Buffer> => store.read(of, { from: 0, length: of.size }, stop);
  const { sha256, consistentAt } = await manifestOf(entry.key, looked.manifests, read);
  const handle: SqliteHandle = { ...database, entry, wal, shm, journal, sha256 };
  const bytes = partsOf(handle).reduce((sum, part) => sum + part.entry.size, 0);
  const named = consistentAt === null ? inName(entry.key, { finishedMs: Date.parse(modifiedAt), bytes, access }) : null;
  const at = consistentAt ?? named;
  return {
    id: pointId('sqlite', at, access.pseudonym(entry.key)),
    tool: 'sqlite',
    kind: 'full',
    consistentAt: at,
    consistentBasis: consistentAt !== null ? 'derived' : named !== null ? 'declared' : 'not-tested',
    availableAt: modifiedAt,
    bytes,
    sha256: bytes === entry.size ? sha256 : null,
    encrypted: false,
    location: store.location,
    lockedUntil: null,
    needs: { engine: 'sqlite', major: 3, settings: {} },
    handle: { ...handle },
  };
}

function inName(key: string, at: { finishedMs: number; bytes: number; access: StoreAccess }): string | null {
  const named = timeInName(key.slice(key.lastIndexOf('/') + 1));
  if (named === undefined) return null;
  const { local, offset } = named;
  if (offset !== null) return resolveOffsets(local, [offset], at.finishedMs).at;
  const declaredZone = readOptions(at.access.section).time ?? null;
  return resolveLocal(local, { finishedMs: at.finishedMs, bytes: at.bytes, declaredZone, ownZone: ownZone() }).at;
}
