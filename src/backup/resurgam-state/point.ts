import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import type { StateHeader } from '../state-backup.ts';
import { pointId } from '../point-id.ts';
import type { Entry } from './entry.ts';
import { placeOf } from './options.ts';

/** Name of the backup in the staging folder. */
export const STAGED_FILE = 'state';

/** A backup as the rest of the product sees it. Its moment is what its own first line says. */
export function pointOf(entry: Entry, header: StateHeader, access: StoreAccess): RecoveryPoint {
  const at = new Date(header.at).toISOString();
  return {
    id: pointId('state', at, access.pseudonym(entry.key)),
    tool: 'resurgam-state',
    kind: 'dump',
    consistentAt: at,
    consistentBasis: 'derived',
    availableAt: entry.modifiedAt,
    bytes: entry.size,
    sha256: null,
    encrypted: false,
    location: placeOf(access.section),
    lockedUntil: null,
    needs: header.format === 'resurgam-state/1' ? null : { engine: 'postgres', major: header.server.major, settings: { encoding: 'UTF8' } },
    handle: { entry },
  };
}

/** The handle as it came out of JSON. */
export function entryOf({ handle }: Pick<RecoveryPoint, 'handle'>): Entry {
  return handle['entry'] as Entry;
}
