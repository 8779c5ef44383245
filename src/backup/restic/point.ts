import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { pointId } from '../point-id.ts';
import { readOptions } from './options.ts';
import type { ResticSnapshot } from './snapshots.ts';

/** What `fetch` needs of a listed snapshot. */
export interface ResticHandle {
  readonly snapshot: string;
  readonly tree: string;
}

/** A snapshot as the rest of the product sees it. */
export function pointOf(snapshot: ResticSnapshot, bytes: number, access: StoreAccess): RecoveryPoint {
  const handle: ResticHandle = { snapshot: snapshot.id, tree: snapshot.tree };
  return {
    id: pointId('restic', snapshot.startedAt, access.pseudonym(snapshot.id)),
    tool: 'restic',
    kind: 'snapshot',
    consistentAt: snapshot.startedAt,
    consistentBasis: 'derived',
    availableAt: snapshot.availableAt,
    bytes,
    // The digest of a snapshot's tree is the same as long as nothing changes in the source: no sign that an old backup was stored again.
    sha256: null,
    // There is no repository of restic without encryption.
    encrypted: true,
    location: readOptions(access.section).repository,
    lockedUntil: null,
    needs: null,
    handle: { ...handle },
  };
}

/** The handle as it came out of JSON. */
export function handleOf({ handle }: Pick<RecoveryPoint, 'handle'>): ResticHandle {
  return { snapshot: String(handle['snapshot']), tree: String(handle['tree']) };
}
