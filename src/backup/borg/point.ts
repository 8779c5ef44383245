import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { pointId } from '../point-id.ts';
import type { BorgArchive } from './archives.ts';
import { repositoryOf } from './run.ts';

/** What `fetch` needs of a listed archive. */
export interface BorgHandle {
  readonly archive: string;
  /** Its id, which is a digest (or, with a key, an authentication code) over all that is in it. */
  readonly id: string;
  /** Of the repository. */
  readonly repository: string;
}

/** An archive as the rest of the product sees it. */
export function pointOf(
  archive: BorgArchive,
  of: { readonly bytes: number; readonly encrypted: boolean; readonly repository: string; readonly access: StoreAccess },
): RecoveryPoint {
  const handle: BorgHandle = { archive: archive.name, id: archive.id, repository: of.repository };
  return {
    id: pointId('borg', archive.startedAt, of.access.pseudonym(archive.id)),
    tool: 'borg',
    kind: 'snapshot',
    consistentAt: archive.startedAt,
    consistentBasis: 'derived',
    availableAt: archive.availableAt,
    bytes: of.bytes,
    sha256: null,
    encrypted: of.encrypted,
    location: repositoryOf(of.access),
    lockedUntil: null,
    needs: null,
    handle: { ...handle },
  };
}

/** The handle as it came out of JSON. */
export function handleOf({ handle }: Pick<RecoveryPoint, 'handle'>): BorgHandle {
  return { archive: String(handle['archive']), id: String(handle['id']), repository: String(handle['repository']) };
}
