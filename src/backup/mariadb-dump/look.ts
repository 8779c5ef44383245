import type { Finding } from '../../finding/finding.ts';
import type { StoreAccess } from '../backup.ts';
import { lookAt, type FileFormat } from '../dump-files/look.ts';
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

const FORMAT: FileFormat<SniffedDump> = {
  sniff,
  isBackup: ({ kind }) => kind === 'dump',
  meant: /\.(?:sql|dump|mysql|mysqldump|mariadb|bak)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i,
};

/** Everything in the store: dumps, accounts, and what ought to have been a dump and is none. */
export async function look(store: Store, access: StoreAccess, stop: AbortSignal): Promise<Looked> {
  const { files, ...rest } = await lookAt({ store, format: FORMAT, access }, stop);
  return {
    dumps: files.flatMap(({ entry, known }) => (known.kind === 'dump' ? [{ entry, dump: known }] : [])),
    users: files.flatMap(({ entry, known }) => (known.kind === 'users' ? [entry] : [])),
    ...rest,
  };
}
