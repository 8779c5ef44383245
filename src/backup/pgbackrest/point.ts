import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import type { RecoveryTarget } from '../postgres-files.ts';
import { pointId } from '../point-id.ts';
import type { KeptBackup } from './catalogue.ts';
import { repositoriesOf, readOptions } from './options.ts';

/** What `fetch` must know of a point. */
export interface PointHandle {
  readonly repo: number;
  readonly label: string;
  readonly archiveId: string;
  /** Names of the archived segments to fetch. */
  readonly segments: readonly string[];
  readonly segmentBytes: number;
  readonly timeline: number | null;
  readonly target: RecoveryTarget;
  readonly systemId: string | null;
}

export interface PointOf {
  readonly backup: KeptBackup;
  readonly kind: RecoveryPoint['kind'];
  readonly consistentAt: string | null;
  readonly availableAt: string;
  /** Of a `pitr` point: the earliest moment that its log leads to. */
  readonly momentsFrom?: string | undefined;
  readonly major: number;
  readonly encrypted: boolean;
  readonly handle: PointHandle;
}

export function pointOf(of: PointOf, access: StoreAccess): RecoveryPoint {
  const { backup, handle, consistentAt } = of;
  return {
    id: pointId(`pgbackrest-${of.kind}`, consistentAt ?? of.availableAt, access.pseudonym(`${handle.repo}\n${backup.label}`)),
    tool: 'pgbackrest',
    kind: of.kind,
    consistentAt,
    consistentBasis: consistentAt === null ? 'not-tested' : 'derived',
    availableAt: of.availableAt,
    ...(of.momentsFrom === undefined ? {} : { momentsFrom: of.momentsFrom }),
    bytes: backup.info.size + handle.segments.length * handle.segmentBytes,
    sha256: null,
    encrypted: of.encrypted,
    location: repositoriesOf(readOptions(access.section)).find(({ number }) => number === handle.repo)?.repository ?? '',
    lockedUntil: null,
    needs: { engine: 'postgres', major: of.major, settings: {} },
    handle: { ...handle },
  };
}

/** The handle as it came out of JSON. */
export function handleOf({ handle }: Pick<RecoveryPoint, 'handle'>): PointHandle {
  return handle as unknown as PointHandle;
}
