import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import type { RecoveryTarget } from '../postgres-files.ts';
import { pointId } from '../point-id.ts';
import type { Base } from './base.ts';
import { readOptions } from './options.ts';

/** What `fetch` must know of a point. */
export interface PointHandle {
  readonly key: string;
  readonly shape: 'plain' | 'tar';
  readonly mark: string;
  /** Names of the archived segments to fetch. */
  readonly segments: readonly string[];
  readonly timeline: number | null;
  readonly target: RecoveryTarget;
  readonly systemId: string | null;
}

export interface PointOf {
  readonly base: Base;
  readonly kind: 'full' | 'pitr';
  readonly consistentAt: string | null;
  readonly availableAt: string;
  /** Of a `pitr` point: the earliest moment that its log leads to. */
  readonly momentsFrom?: string | undefined;
  readonly segments: readonly string[];
  readonly segmentBytes: number;
  readonly timeline: number | null;
  readonly target: RecoveryTarget;
}

export function pointOf(of: PointOf, access: StoreAccess): RecoveryPoint {
  const { base, kind, consistentAt, segments } = of;
  const { from } = readOptions(access.section);
  const handle: PointHandle = {
    ...{ key: base.key, shape: base.shape, mark: base.mark, segments: [...segments] },
    ...{ timeline: of.timeline, target: of.target, systemId: base.systemId },
  };
  return {
    id: pointId(`basebackup-${kind}`, consistentAt ?? of.availableAt, access.pseudonym(`${base.key}\n${base.mark}`)),
    tool: 'pg-basebackup',
    kind,
    consistentAt,
    consistentBasis: consistentAt === null ? 'not-tested' : 'derived',
    availableAt: of.availableAt,
    ...(of.momentsFrom === undefined ? {} : { momentsFrom: of.momentsFrom }),
    bytes: base.bytes + segments.length * of.segmentBytes,
    sha256: null,
    encrypted: false,
    location: from,
    lockedUntil: null,
    needs: base.major === null ? null : { engine: 'postgres', major: base.major, settings: {} },
    handle: { ...handle },
  };
}

/** The handle as it came out of JSON. */
export function handleOf({ handle }: Pick<RecoveryPoint, 'handle'>): PointHandle {
  return handle as unknown as PointHandle;
}
