import { finding, type Finding } from '../../finding/finding.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { pointsFrom } from '../binlogs/moments.ts';
import { zoneNeeded } from '../binlogs/options.ts';
import { checkListing } from '../check.ts';
import { manifestOf } from '../dump-files/manifest.ts';
import { sameBytesAsNewest } from '../dump-files/same-bytes.ts';
import { nearest, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { throwIfUntold } from '../dump-files/strays.ts';
import { pointId } from '../point-id.ts';
import { datedBy } from './dated.ts';
import { readHandle, type MariaDumpHandle } from './handle.ts';
import { look, type FoundDump, type Looked } from './look.ts';
import { readOptions } from './options.ts';
import type { SniffedDump } from './sniff.ts';

/** Every dump in the place that the plan names, and what is wrong with that place. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await using store = await openStore(access);
  const looked = await look(store, access, stop);
  const { dumps, findings } = rightDatabase(looked.dumps, readOptions(access.section).database);
  const points: RecoveryPoint[] = [];
  for (const found of dumps) points.push(await pointOf(found, { store, looked, access }, stop));
  const all = [...looked.findings, ...findings];
  if (points.length === 0) throwIfUntold(all);
  const moments = await pointsFrom(
    points.map(point => ({ point, place: readHandle(point.handle).place })),
    access,
    stop,
  );
  const sameBytes = await sameBytesAsNewest(store, { points, entryOf: point => readHandle(point.handle).entry }, stop);
  return {
    points: moments.points,
    findings: [
      ...[...all, ...moments.findings],
      ...checkListing({ section: access.section, points: moments.points, now: access.now(), sameBytes }),
    ],
    looked: looked.looked + moments.logs,
  };
}

interface Place {
  readonly store: Store;
  readonly looked: Looked;
  readonly access: StoreAccess;
}

async function pointOf(found: FoundDump, { store, looked, access }: Place, stop: AbortSignal): Promise<RecoveryPoint> {
  const { entry, dump } = found;
  const read = (of: Entry): Promise<Buffer> => store.read(of, { from: 0, length: of.size }, stop);
  const manifest = await manifestOf(entry.key, looked.manifests, read);
  const dated =
    manifest.consistentAt === null
      ? await datedBy(found, { store, section: access.section }, stop)
      : { at: manifest.consistentAt, basis: 'derived' as const };
  const handle: MariaDumpHandle = {
    compression: dump.compression,
    entry,
    usersEntry: nearest(entry, looked.users),
    sha256: manifest.sha256,
    database: dump.database,
    commented: dump.commented,
    users: null,
    nameless: dump.nameless,
    place: dump.place,
    binlogs: null,
    stagedBinlogs: null,
  };
  return {
    id: pointId('dump', dated.at, access.pseudonym(entry.key)),
    tool: 'mariadb-dump',
    kind: 'dump',
    consistentAt: dated.at,
    consistentBasis: dated.basis,
    availableAt: entry.modifiedAt,
    bytes: entry.size,
    sha256: manifest.sha256,
    encrypted: false,
    location: store.location,
    lockedUntil: null,
    needs: {
      engine: 'mariadb',
      major: Number(/^\d+/.exec(dump.series ?? '')?.[0] ?? 0),
      settings: { from: dump.engine, ...schemaNeeded(dump, access), ...zoneNeeded(access.section) },
    },
    handle: { ...handle },
  };
}

/** What follows in the binary logs names the schema of the source. */
function schemaNeeded({ nameless, database }: SniffedDump, { section }: StoreAccess): { readonly schema?: string } {
  return nameless && database !== null && readOptions(section).binlogs !== undefined ? { schema: database } : {};
}

/** Dumps of the database that the plan names. One newer than all of those, of another, is not what should be there. */
function rightDatabase(
  dumps: readonly FoundDump[],
  wanted: string | undefined,
): { readonly dumps: readonly FoundDump[]; readonly findings: readonly Finding[] } {
  const names = new Set(dumps.map(({ dump }) => dump.database));
  if (wanted === undefined) {
    const facts = { probe: 'backup', required: false, observed: names.size };
    return { dumps, findings: names.size > 1 ? [finding('backup.several-databases', 'skipped', facts)] : [] };
  }
  const right = dumps.filter(({ dump }) => dump.database === wanted || dump.database === null);
  const newest = right.reduce((latest, { entry }) => (entry.modifiedAt > latest ? entry.modifiedAt : latest), '');
  const wrong = dumps.some(found => !right.includes(found) && found.entry.modifiedAt > newest);
  return { dumps: right, findings: wrong ? [finding('backup.wrong-database', 'failed', { probe: 'backup' })] : [] };
}
