import { finding, type Finding } from '../../finding/finding.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { pointsFrom, type Led } from '../binlogs/moments.ts';
import { zoneNeeded } from '../binlogs/options.ts';
import type { ListedBinlogs } from '../binlogs/stage.ts';
import { checkListing } from '../check.ts';
import { ownZone, resolveLocal, type Dated } from '../created.ts';
import { readPlace } from '../dump-files/place-options.ts';
import { openStore, type Entry } from '../dump-files/store.ts';
import { inProgress, isRecent } from '../dump-files/strays.ts';
import { pointId } from '../point-id.ts';
import { identityOf, look, refusedIn, type BackupFolder, type Chain } from './look.ts';

/** What fetching and restoring must know of a chain. */
export interface MariabackupHandle {
  /** Keys of the folders, the full backup first. */
  readonly keys: readonly string[];
  readonly identity: string;
  readonly prepared: boolean;
  readonly series: string | null;
  /** Replayed over it; `null`: only the backup itself. */
  readonly binlogs: ListedBinlogs | null;
}

/** The handle as it came out of JSON. */
export function readHandle(handle: Readonly<Record<string, unknown>>): MariabackupHandle {
  return handle as unknown as MariabackupHandle;
}

/** Every backup, and every increment that can be restored, in the place that the plan names. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await using store = await openStore(access);
  const { chains, unusable, untold, looked } = await look(store, stop);
  const place = { access, location: store.location };
  const backups = chains.map(chain => ({ point: pointOf(chain, place), place: placeOf(chain) }));
  const moments = await pointsFrom(backups, access, stop);
  const { points } = moments;
  const newest = backups.reduce((latest, { point }) => (point.availableAt > latest ? point.availableAt : latest), '');
  const findings = checkListing({ section: access.section, points, now: access.now(), sameBytes: new Set() });
  const made = unusable.filter(folder => isBeingMade(folder, access.now()));
  const left = unusable.filter(folder => !made.includes(folder));
  const unread = unreadFindings(chains, newest);
  return {
    points,
    findings: [
      ...[...unusableFindings(left, newest), ...inProgress(made.length, 'backups'), ...unread, ...untoldFindings(untold, newest)],
      ...[...moments.findings, ...findings],
    ],
    looked: looked + moments.logs,
  };
}

/** The end of a packed stream need not say it readably. */
function placeOf(chain: Chain): Led['place'] {
  const last = chain.at(-1);
  return last?.says.binlog ?? (last?.stream === 'gzip' ? 'untold' : null);
}

/** Until it ends a healthy backup looks like one that was given up. An increment that has ended, but has no base, is never one. */
function isBeingMade(folder: BackupFolder, now: string): boolean {
  return folder.says.type === null && isRecent(folder, now);
}

/** Newer than everything usable: the newest backup would not have come back. */
function unusableFindings(unusable: readonly BackupFolder[], newest: string): readonly Finding[] {
  const newer = unusable.filter(({ modifiedAt }) => modifiedAt > newest);
  if (unusable.length === 0) return [];
  const facts = { probe: 'backup', unit: 'backups', expected: 0, observed: unusable.length, required: newer.length > 0 };
  return [finding('backup.newer-incomplete', 'failed', facts)];
}

function untoldFindings(untold: readonly Entry[], newest: string): readonly Finding[] {
  const required = untold.some(({ modifiedAt }) => modifiedAt > newest);
  const facts = { probe: 'backup', required, object: 'packed streams that are not full backups', observed: untold.length };
  return untold.length === 0 ? [] : [finding('backup.unsupported', 'inconclusive', facts)];
}

/** A folder of a database that is a link or not readable: without it the backup would look whole. */
function unreadFindings(chains: readonly Chain[], newest: string): readonly Finding[] {
  const observed = [...new Set(chains.flat())].reduce((sum, { refused }) => sum + refused, 0);
  const required = chains.some(chain => refusedIn(chain) > 0 && chain.at(-1)?.modifiedAt === newest);
  return observed === 0 ? [] : [finding('backup.unreadable', 'inconclusive', { probe: 'backup', required, unit: 'files', observed })];
}

function pointOf(chain: Chain, { access, location }: { readonly access: StoreAccess; readonly location: string }): RecoveryPoint {
  const last = chain.at(-1) ?? chain[0];
  const dated = datedBy(last, access);
  const bytes = chain.reduce((sum, folder) => sum + folder.bytes, 0);
  const { series } = chain[0].says;
  const handle: MariabackupHandle = {
    keys: chain.map(({ key }) => key),
    identity: identityOf(chain),
    prepared: chain[0].says.type === 'prepared',
    series,
    binlogs: null,
  };
  return {
    id: pointId('maria', dated.at, access.pseudonym(last.key)),
    tool: 'mariabackup',
    kind: chain.length === 1 ? 'full' : 'incremental',
    consistentAt: dated.at,
    consistentBasis: dated.basis,
    availableAt: last.modifiedAt,
    bytes,
    sha256: null,
    encrypted: false,
    location,
    lockedUntil: null,
    needs:
      series === null
        ? null
        : { engine: 'mariadb', major: Number(/^\d+/.exec(series)?.[0] ?? 0), settings: { series, ...zoneNeeded(access.section) } },
    handle: { ...handle },
  };
}

/** Prepared, the data are of the moment at which the backup ended. */
function datedBy({ says, modifiedAt, bytes }: BackupFolder, { section }: StoreAccess): Dated {
  if (says.ended === null) return { at: null, basis: 'not-tested' };
  const declaredZone = readPlace(section).time ?? null;
  return resolveLocal(says.ended, { finishedMs: Date.parse(modifiedAt), bytes, declaredZone, ownZone: ownZone() });
}
