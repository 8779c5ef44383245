import type { Finding } from '../../finding/finding.ts';
import type { StoreAccess } from '../backup.ts';
import { lookAround } from '../dump-files/look-around.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { sniff, type SniffedDump } from './sniff.ts';

export interface FoundDump {
  readonly entry: Entry;
  readonly dump: SniffedDump;
}

export interface Looked {
  readonly dumps: readonly FoundDump[];
  readonly users: readonly Entry[];
  readonly manifests: ReadonlyMap<string, Entry>;
  readonly findings: readonly Finding[];
  readonly looked: number;
}

/** By its name only this is asked: was it meant to be a dump? Other files may lie in the same folder. */
const MEANT = /\.(?:sql|dump|mysql|mysqldump|mariadb|bak)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;

/** Everything in the store: dumps, accounts, and what ought to have been a dump and is none. */
export async function look(store: Store, access: StoreAccess, stop: AbortSignal): Promise<Looked> {
  const { whole, ...rest } = await lookAround(
    {
      ...{ store, access, meant: MEANT },
      sniff: (entry, signal) => sniff(entry.size, length => store.read(entry, { from: 0, length }, signal)),
      isBackup: found => found.kind === 'dump',
    },
    stop,
  );
  const of = (kind: SniffedDump['kind']): readonly FoundDump[] =>
    whole.flatMap(({ artefact, sniffed }) =>
      sniffed.kind === kind && 'series' in sniffed ? [{ entry: artefact.entries[0], dump: sniffed }] : [],
    );
  return { ...rest, dumps: of('dump'), users: of('users').map(({ entry }) => entry) };
}
