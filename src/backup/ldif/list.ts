import { finding, type Finding } from '../../finding/finding.ts';
import { plainName } from '../../system/ldif.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { lookAround } from '../dump-files/look-around.ts';
import { manifestOf } from '../dump-files/manifest.ts';
import { sameBytesAsNewest } from '../dump-files/same-bytes.ts';
import { nearest, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { throwIfUntold } from '../dump-files/strays.ts';
import { momentInName } from '../name-time.ts';
import { pointId } from '../point-id.ts';
import { readHandle, type LdifHandle } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff, type SniffedLdif } from './sniff.ts';

/** By its name only this is asked: was it meant to be an export? Other files may lie in the same folder. */
const MEANT = /\.(?:ldif|ldf|slapcat)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;

interface FoundExport {
  readonly entry: Entry;
  readonly known: SniffedLdif;
}

/** Every export in the place that the plan names, and what is wrong with that place. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await using store = await openStore(access);
  const looked = await lookAround<SniffedLdif>(
    {
      ...{ store, access, meant: MEANT },
      sniff: (entry, signal) => sniff(entry.size, length => store.read(entry, { from: 0, length }, signal)),
      isBackup: found => found.kind === 'data',
    },
    stop,
  );
  const of = (kind: SniffedLdif['kind']): readonly FoundExport[] =>
    looked.whole.flatMap(({ artefact, sniffed: known }) =>
      known.kind === kind && 'suffix' in known ? [{ entry: artefact.entries[0], known }] : [],
    );
  const all = of('data');
  const configs = of('config').map(({ entry }) => entry);
  const { exports, findings: wrong } = ofSuffix(all, readOptions(access.section).suffix);
  const points: RecoveryPoint[] = [];
  for (const found of exports) points.push(await pointOf(found, { store, configs, manifests: looked.manifests, access }, stop));
  const findings = [...looked.findings, ...wrong];
  if (points.length === 0) throwIfUntold(findings);
  const sameBytes = await sameBytesAsNewest(store, { points, entryOf: point => readHandle(point.handle).entry }, stop);
  return {
    points: newestFirst(points),
    findings: [...findings, ...checkListing({ section: access.section, points, now: access.now(), sameBytes })],
    looked: looked.looked,
  };
}

interface Place {
  readonly store: Store;
  readonly configs: readonly Entry[];
  readonly manifests: ReadonlyMap<string, Entry>;
  readonly access: StoreAccess;
}

/** An export says nowhere when it was made: only a name or a manifest can. The newest change in it is older by as long as nobody wrote. */
async function pointOf({ entry, known }: FoundExport, at: Place, stop: AbortSignal): Promise<RecoveryPoint> {
  const { store, access } = at;
  const manifest = await manifestOf(entry.key, at.manifests, of => store.read(of, { from: 0, length: of.size }, stop));
  const zone = readOptions(access.section).time ?? null;
  const named = momentInName(entry.key, { finishedMs: Date.parse(entry.modifiedAt), bytes: entry.size, zone });
  const consistentAt = manifest.consistentAt ?? named;
  const handle: LdifHandle = {
    ...{ compression: known.compression, entry, configEntry: nearest(entry, at.configs) },
    ...{ sha256: manifest.sha256, suffix: known.suffix, wanted: readOptions(access.section).suffix ?? null, config: null },
  };
  return {
    id: pointId('ldif', consistentAt, access.pseudonym(entry.key)),
    ...{ tool: 'ldif', kind: 'dump', consistentAt },
    consistentBasis: manifest.consistentAt !== null ? 'derived' : named === null ? 'not-tested' : 'declared',
    ...{ availableAt: entry.modifiedAt, bytes: entry.size, sha256: manifest.sha256, encrypted: false },
    ...{ location: store.location, lockedUntil: null, needs: null, handle: { ...handle } },
  };
}

/** Exports of the directory that the plan names. One newer than all of those, that begins elsewhere, is not what should be there. */
function ofSuffix(
  all: readonly FoundExport[],
  suffix: string | undefined,
): { readonly exports: readonly FoundExport[]; readonly findings: readonly Finding[] } {
  if (suffix === undefined) {
    const observed = new Set(all.map(({ known }) => plainName(known.suffix))).size;
    const facts = { probe: 'backup', required: false, observed };
    return { exports: all, findings: observed > 1 ? [finding('backup.several-databases', 'skipped', facts)] : [] };
  }
  // What lacks its topmost entry is still one of them: the restore says what is missing.
  const exports = all.filter(({ known }) => `,${plainName(known.suffix)}`.endsWith(`,${plainName(suffix)}`));
  const newest = exports.reduce((latest, { entry }) => (entry.modifiedAt > latest ? entry.modifiedAt : latest), '');
  const wrong = all.some(found => !exports.includes(found) && found.entry.modifiedAt > newest);
  return { exports, findings: wrong ? [finding('backup.wrong-database', 'failed', { probe: 'backup' })] : [] };
}
