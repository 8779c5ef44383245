import { basename } from 'node:path/posix';
import type { Finding } from '../../finding/finding.ts';
import { patternMatcher } from '../../plan/pattern.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { isPartialName, shapeOf } from './file-name.ts';
import { stillGrowing, type Stored } from './growing.ts';
import { readPlace } from './place-options.ts';
import type { NoBackup } from './sniff-text.ts';
import { throwIfStopped, type Entry, type Store } from './store.ts';
import { findingsOfStrays, isRecent, making, type Stray } from './strays.ts';

/** How one tool knows its files, each of which is one backup or goes with one. */
export interface FileFormat<Known> {
  /** What a file is by its first bytes (`read` gives up to that many); its name was not asked. */
  sniff(size: number, read: (length: number) => Promise<Buffer>): Promise<Known | NoBackup>;
  /** A backup, not something that goes with one. */
  isBackup(known: Known): boolean;
  /** By its name only this is asked: was it meant to be a backup? Other files may lie in the same folder. */
  readonly meant: RegExp;
}

export interface FoundFile<Known> {
  readonly entry: Entry;
  readonly known: Known;
}

export interface LookedAt<Known> {
  /** Whole files, backups and what goes with them. */
  readonly files: readonly FoundFile<Known>[];
  readonly manifests: ReadonlyMap<string, Entry>;
  readonly findings: readonly Finding[];
  readonly looked: number;
}

/** A file that may be a backup. */
interface File extends Stored {
  readonly key: string;
  readonly entries: readonly [Entry];
  readonly partial: boolean;
}

interface Seen<Known> {
  readonly artefact: File;
  readonly sniffed: Known | NoBackup | { readonly kind: 'unreadable' | 'gone' };
}

const MANIFEST = /(?:\.(?:sha256|sha256sum|json)|^SHA256SUMS(?:\.txt)?)$/i;
const OF_ONE_FILE = new Set(['store-unreadable', 'credentials-refused', 'bytes-changed']);
const NO_BACKUP: ReadonlySet<string> = new Set(['empty', 'broken', 'other', 'unsupported', 'unreadable', 'gone']);

/** Everything in a store of single files: what is whole, and what ought to have been a backup and is none. */
export async function lookAt<Known extends { readonly kind: string }>(
  { store, format, access }: { readonly store: Store; readonly format: FileFormat<Known>; readonly access: StoreAccess },
  stop: AbortSignal,
): Promise<LookedAt<Known>> {
  const entries: Entry[] = [];
  for await (const entry of store.entries(stop)) entries.push(entry);
  const { pattern } = readPlace(access.section);
  const matches = patternMatcher(pattern);
  const manifests = new Map(entries.filter(entry => MANIFEST.test(basename(entry.key))).map(entry => [entry.key, entry]));
  const refused = entries.filter(entry => entry.refused !== undefined && matches(entry.key));
  const files = entries.filter(entry => entry.refused === undefined && !manifests.has(entry.key) && matches(entry.key)).map(fileOf);
  const seen: Seen<Known>[] = [];
  for (const artefact of files) {
    throwIfStopped(stop);
    seen.push({ artefact, sniffed: await sniffed(store, { entry: artefact.entries[0], format }, stop) });
  }
  const growing = await stillGrowing(store, { seen, now: access.now() }, stop);
  const whole = seen.filter(({ artefact }) => !artefact.partial && !growing.has(artefact));
  const found = whole.flatMap(({ artefact, sniffed: known }) => (isKnown(known) ? [{ entry: artefact.entries[0], known }] : []));
  const backups = found.filter(({ known }) => format.isBackup(known)).map(({ entry }) => entry);
  const strays = [
    ...unusable(whole, { backups, everything: pattern !== undefined, meant: format.meant }),
    ...partials(seen, { growing, now: access.now() }),
    ...refused
      .filter(entry => entry.refused === 'unreadable' || format.meant.test(entry.key))
      .map(({ modifiedAt }): Stray => ({ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt })),
  ];
  return {
    ...{ files: found, manifests, looked: files.length + refused.length },
    findings: [...findingsOfStrays(strays, backups), ...making({ seen, growing, now: access.now() })],
  };
}

function isKnown<Known extends { readonly kind: string }>(sniffed: Seen<Known>['sniffed']): sniffed is Known {
  return !NO_BACKUP.has(sniffed.kind);
}

function fileOf(entry: Entry): File {
  return { key: entry.key, entries: [entry], modifiedAt: entry.modifiedAt, partial: isPartialName(entry.key) };
}

async function sniffed<Known>(
  store: Store,
  { entry, format }: { readonly entry: Entry; readonly format: FileFormat<Known> },
  stop: AbortSignal,
): Promise<Seen<Known>['sniffed']> {
  try {
    return await format.sniff(entry.size, length => store.read(entry, { from: 0, length }, stop));
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'object-gone' || error.code === 'store-missing') return { kind: 'gone' };
    if (OF_ONE_FILE.has(error.code)) return { kind: 'unreadable' };
    throw error;
  }
}

/** What each is that holds no backup; files of other names and shapes are somebody else's, as long as there are backups. */
function unusable<Known extends { readonly kind: string }>(
  whole: readonly Seen<Known>[],
  at: { readonly backups: readonly Entry[]; readonly everything: boolean; readonly meant: RegExp },
): readonly Stray[] {
  const shapes = new Set(at.backups.map(({ key }) => shapeOf(key)));
  const everything = at.everything || at.backups.length === 0;
  return whole.flatMap(({ artefact, sniffed: found }): readonly Stray[] => {
    const { modifiedAt, key } = artefact;
    if (!everything && !at.meant.test(key) && !shapes.has(shapeOf(key))) return [];
    if (found.kind === 'empty') return [{ code: 'backup.empty', outcome: 'failed', modifiedAt }];
    if (found.kind === 'broken') return [{ code: 'backup.truncated', outcome: 'failed', modifiedAt }];
    if (found.kind === 'other') return [{ code: 'backup.not-a-dump', outcome: 'failed', modifiedAt }];
    if (found.kind === 'unsupported' && 'what' in found)
      return [{ code: 'backup.unsupported', outcome: 'inconclusive', modifiedAt, object: found.what }];
    return found.kind === 'unreadable' ? [{ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt }] : [];
  });
}

function partials<Known>(
  seen: readonly Seen<Known>[],
  at: { readonly growing: ReadonlySet<File>; readonly now: string },
): readonly Stray[] {
  return seen
    .filter(({ artefact }) => artefact.partial && !at.growing.has(artefact) && !isRecent(artefact, at.now))
    .map(({ artefact }) => ({ code: 'backup.newer-incomplete', outcome: 'failed', modifiedAt: artefact.modifiedAt }));
}
