import { basename } from 'node:path/posix';
import type { Finding } from '../../finding/finding.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { patternMatcher } from '../../plan/pattern.ts';
import { isPartialName, shapeOf } from '../dump-files/file-name.ts';
import { stillGrowing, type Stored } from '../dump-files/growing.ts';
import { isRecent, findingsOfStrays, making, type Stray } from '../dump-files/strays.ts';
import { throwIfStopped, type Entry, type Store } from '../dump-files/store.ts';
import { readOptions } from './options.ts';
import { sniff, type Sniffed, type SniffedDump } from './sniff.ts';

/** A file that may be a dump. */
interface File extends Stored {
  readonly key: string;
  readonly entries: readonly [Entry];
  readonly partial: boolean;
}

interface Seen {
  readonly artefact: File;
  readonly sniffed: Sniffed | { readonly kind: 'unreadable' | 'gone' };
}

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

const MANIFEST = /(?:\.(?:sha256|sha256sum|json)|^SHA256SUMS(?:\.txt)?)$/i;
/** By its name only this is asked: was it meant to be a dump? Other files may lie in the same folder. */
const MEANT = /\.(?:sql|dump|mysql|mysqldump|mariadb|bak)(?:\.(?:gz|zst|zstd|lz4|xz|bz2|gpg|pgp|age|enc))*$/i;
const OF_ONE_FILE = new Set(['store-unreadable', 'credentials-refused', 'bytes-changed']);

/** Everything in the store: dumps, accounts, and what ought to have been a dump and is none. */
export async function look(store: Store, access: StoreAccess, stop: AbortSignal): Promise<Looked> {
  const entries: Entry[] = [];
  for await (const entry of store.entries(stop)) entries.push(entry);
  const matches = patternMatcher(readOptions(access.section).pattern);
  const manifests = new Map(entries.filter(entry => MANIFEST.test(basename(entry.key))).map(entry => [entry.key, entry]));
  const refused = entries.filter(entry => entry.refused !== undefined && matches(entry.key));
  const files = entries.filter(entry => entry.refused === undefined && !manifests.has(entry.key) && matches(entry.key)).map(fileOf);
  const seen: Seen[] = [];
  for (const artefact of files) {
    throwIfStopped(stop);
    seen.push({ artefact, sniffed: await sniffed(store, artefact.entries[0], stop) });
  }
  const growing = await stillGrowing(store, { seen, now: access.now() }, stop);
  const whole = seen.filter(({ artefact }) => !artefact.partial && !growing.has(artefact));
  const dumps = whole.flatMap(({ artefact, sniffed: found }) =>
    found.kind === 'dump' ? [{ entry: artefact.entries[0], dump: found }] : [],
  );
  const strays = [
    ...unusable(whole, { dumps, everything: readOptions(access.section).pattern !== undefined }),
    ...partials(seen, { growing, now: access.now() }),
    ...refused
      .filter(entry => entry.refused === 'unreadable' || MEANT.test(entry.key))
      .map(({ modifiedAt }): Stray => ({ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt })),
  ];
  return {
    dumps,
    users: whole.flatMap(({ artefact, sniffed: found }) => (found.kind === 'users' ? [...artefact.entries] : [])),
    manifests,
    findings: [
      ...findingsOfStrays(
        strays,
        dumps.map(({ entry }) => entry),
      ),
      ...making({ seen, growing, now: access.now() }),
    ],
    looked: files.length + refused.length,
  };
}

function fileOf(entry: Entry): File {
  return { key: entry.key, entries: [entry], modifiedAt: entry.modifiedAt, partial: isPartialName(entry.key) };
}

async function sniffed(store: Store, entry: Entry, stop: AbortSignal): Promise<Seen['sniffed']> {
  try {
    return await sniff(entry.size, length => store.read(entry, { from: 0, length }, stop));
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'object-gone' || error.code === 'store-missing') return { kind: 'gone' };
    if (OF_ONE_FILE.has(error.code)) return { kind: 'unreadable' };
    throw error;
  }
}

function unusable(whole: readonly Seen[], known: { readonly dumps: readonly FoundDump[]; readonly everything: boolean }): readonly Stray[] {
  const shapes = new Set(known.dumps.map(({ entry }) => shapeOf(entry.key)));
  const everything = known.everything || known.dumps.length === 0;
  return whole.flatMap(({ artefact, sniffed: found }): readonly Stray[] => {
    const { modifiedAt, key } = artefact;
    if (!everything && !MEANT.test(key) && !shapes.has(shapeOf(key))) return [];
    if (found.kind === 'empty') return [{ code: 'backup.empty', outcome: 'failed', modifiedAt }];
    if (found.kind === 'broken') return [{ code: 'backup.truncated', outcome: 'failed', modifiedAt }];
    if (found.kind === 'other') return [{ code: 'backup.not-a-dump', outcome: 'failed', modifiedAt }];
    if (found.kind === 'unsupported') return [{ code: 'backup.unsupported', outcome: 'inconclusive', modifiedAt, object: found.what }];
    return found.kind === 'unreadable' ? [{ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }] : [];
  });
}

function partials(seen: readonly Seen[], at: { readonly growing: ReadonlySet<File>; readonly now: string }): readonly Stray[] {
  return seen
    .filter(({ artefact }) => artefact.partial && !at.growing.has(artefact) && !isRecent(artefact, at.now))
    .map(({ artefact }) => ({ code: 'backup.newer-incomplete', outcome: 'failed', modifiedAt: artefact.modifiedAt }));
}
