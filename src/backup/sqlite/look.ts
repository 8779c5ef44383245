import type { Finding } from '../../finding/finding.ts';
import type { StoreAccess } from '../backup.ts';
import { lookAround } from '../dump-files/look-around.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { sniff, type SniffedDatabase } from './sniff.ts';

/** A database in a place, with the files that SQLite keeps beside one in use, if they were copied along. */
export interface FoundDatabase {
  readonly entry: Entry;
  readonly wal: Entry | null;
  readonly shm: Entry | null;
  readonly journal: Entry | null;
  readonly modifiedAt: string;
  readonly database: SniffedDatabase;
}

export interface Looked {
  readonly databases: readonly FoundDatabase[];
  readonly manifests: ReadonlyMap<string, Entry>;
  readonly findings: readonly Finding[];
  readonly looked: number;
}

/** By its name only this is asked: was it meant to be a database? Other files may lie in the same folder. */
const MEANT = /\.(?:db3?|sqlite3?|sqlitedb|s3db|bak|backup)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;
const WRAPPED = /\.(?:gz|zst|zstd|lz4|xz|bz2)$/i;
const PARTS = ['wal', 'shm', 'journal'] as const;

/** Every database in the store, and what ought to have been one and is none. */
export async function look(store: Store, access: StoreAccess, stop: AbortSignal): Promise<Looked> {
  const { whole, ...rest } = await lookAround(
    {
      ...{ store, access, meant: MEANT, group: byDatabase },
      sniff: (entry, signal) => sniff(entry.size, length => store.read(entry, { from: 0, length }, signal)),
      isBackup: found => found.kind === 'database',
    },
    stop,
  );
  const databases = whole.flatMap(({ artefact, sniffed }) => {
    if (sniffed.kind !== 'database' || !('header' in sniffed)) return [];
    const [entry, ...beside] = artefact.entries;
    const part = (name: (typeof PARTS)[number]): Entry | null => beside.find(({ key }) => namesOf(entry.key, name).includes(key)) ?? null;
    const { modifiedAt } = artefact;
    return [{ entry, wal: part('wal'), shm: part('shm'), journal: part('journal'), modifiedAt, database: sniffed }];
  });
  return { ...rest, databases };
}

/** `ehr.db` with `ehr.db-wal`; `ehr.db.gz` with `ehr.db-wal.gz`, or with one that was not compressed. */
function namesOf(key: string, part: string): readonly string[] {
  const wrapped = WRAPPED.exec(key)?.[0] ?? '';
  const bare = key.slice(0, key.length - wrapped.length);
  return [`${bare}-${part}${wrapped}`, `${bare}-${part}`];
}

function byDatabase(entries: readonly Entry[]): readonly (readonly [Entry, ...Entry[]])[] {
  const byKey = new Map(entries.map(entry => [entry.key, entry]));
  const taken = new Set<string>();
  const besideOf = ({ key }: Entry): readonly Entry[] =>
    PARTS.flatMap(part => {
      const name = namesOf(key, part).find(one => byKey.has(one));
      const entry = name === undefined ? undefined : byKey.get(name);
      return entry === undefined ? [] : [entry];
    });
  const groups = entries.map(entry => [entry, ...besideOf(entry)] as const);
  for (const [, ...beside] of groups) for (const { key } of beside) taken.add(key);
  return groups.filter(([{ key }]) => !taken.has(key));
}
