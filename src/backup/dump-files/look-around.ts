import { basename } from 'node:path/posix';
import type { Finding } from '../../finding/finding.ts';
import { patternMatcher } from '../../plan/pattern.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { isSealed, SEALED_HEAD_BYTES } from '../encrypted.ts';
import { isPartialName, shapeOf } from './file-name.ts';
import { stillGrowing, type Stored } from './growing.ts';
import { readPlace } from './place-options.ts';
import { throwIfStopped, type Entry, type Store } from './store.ts';
import { findingsOfStrays, isRecent, making, type Stray } from './strays.ts';

/** What may be one backup: a file, perhaps with others that belong to it. */
export interface StoredFile extends Stored {
  readonly key: string;
  readonly entries: readonly [Entry, ...Entry[]];
  readonly partial: boolean;
}

/** What a file is by its bytes if it is no backup. */
export type NoBackup =
  | { readonly kind: 'empty' | 'broken' | 'other' | 'unreadable' | 'gone' }
  | { readonly kind: 'unsupported'; readonly what: string }
  | { readonly kind: 'newer'; readonly known: number; readonly found: number };

/** What a format brings along to look at the files of a place. */
export interface Looking<T extends { readonly kind: string }> {
  readonly store: Store;
  readonly access: StoreAccess;
  /** By its name only this is asked: was it meant to be a backup? Other files may lie in the same folder. */
  readonly meant: RegExp;
  /** Which entries belong to one file; absent: each is one. */
  group?(entries: readonly Entry[]): readonly (readonly [Entry, ...Entry[]])[];
  sniff(entry: Entry, stop: AbortSignal): Promise<T | NoBackup>;
  isBackup(found: T | NoBackup): boolean;
}

export interface Seen<T> {
  readonly artefact: StoredFile;
  readonly sniffed: T | NoBackup;
}

export interface LookedAround<T> {
  /** Finished files, whatever they are. */
  readonly whole: readonly Seen<T>[];
  readonly manifests: ReadonlyMap<string, Entry>;
  /** What ought to have been a backup and is none, and what is still being written. */
  readonly findings: readonly Finding[];
  readonly looked: number;
}

const MANIFEST = /(?:\.(?:sha256|sha256sum|json)|^SHA256SUMS(?:\.txt)?)$/i;
const OF_ONE_FILE = new Set(['store-unreadable', 'credentials-refused', 'bytes-changed']);

/** Looks at the first bytes of every file of a store. */
export async function lookAround<T extends { readonly kind: string }>(looking: Looking<T>, stop: AbortSignal): Promise<LookedAround<T>> {
  const { store, access, meant } = looking;
  const entries: Entry[] = [];
  for await (const entry of store.entries(stop)) entries.push(entry);
  const { pattern } = readPlace(access.section);
  const matches = patternMatcher(pattern);
  const manifests = new Map(entries.filter(entry => MANIFEST.test(basename(entry.key))).map(entry => [entry.key, entry]));
  const refused = entries.filter(entry => entry.refused !== undefined && matches(entry.key));
  const files = groupsOf(
    looking,
    entries.filter(entry => entry.refused === undefined && !manifests.has(entry.key)),
  )
    .filter(([first]) => matches(first.key))
    .map(fileOf);
  const seen: Seen<T>[] = [];
  for (const artefact of files) {
    throwIfStopped(stop);
    seen.push({ artefact, sniffed: await sniffed(looking, artefact.entries[0], stop) });
  }
  const growing = await stillGrowing(store, { seen, now: access.now() }, stop);
  const whole = seen.filter(({ artefact }) => !artefact.partial && !growing.has(artefact));
  const backups = whole.filter(one => looking.isBackup(one.sniffed)).map(({ artefact }) => artefact);
  const strays = [
    ...unusable(whole, { backups, meant, everything: pattern !== undefined }),
    ...partials(seen, { growing, now: access.now() }),
    ...refused
      .filter(entry => entry.refused === 'unreadable' || meant.test(entry.key))
      .map(({ modifiedAt }): Stray => ({ code: 'backup.unreadable', outcome: 'inconclusive', modifiedAt })),
  ];
  const findings = [...findingsOfStrays(strays, backups), ...making({ seen, growing, now: access.now() })];
  return { whole, manifests, findings, looked: files.length + refused.length };
}

function groupsOf<T extends { readonly kind: string }>(
  looking: Looking<T>,
  entries: readonly Entry[],
): readonly (readonly [Entry, ...Entry[]])[] {
  return looking.group?.(entries) ?? entries.map(entry => [entry] as const);
}

function fileOf(entries: readonly [Entry, ...Entry[]]): StoredFile {
  const [{ key }] = entries;
  const modifiedAt = entries.reduce((latest, entry) => (entry.modifiedAt > latest ? entry.modifiedAt : latest), '');
  return { key, entries, modifiedAt, partial: isPartialName(key) };
}

async function sniffed<T extends { readonly kind: string }>(
  { sniff, store }: Pick<Looking<T>, 'sniff' | 'store'>,
  entry: Entry,
  stop: AbortSignal,
): Promise<T | NoBackup> {
  try {
    const found = await sniff(entry, stop);
    if (found.kind !== 'other' || !isSealed(entry.key, await store.read(entry, { from: 0, length: SEALED_HEAD_BYTES }, stop))) return found;
    return { kind: 'unsupported', what: 'encrypted' };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'object-gone' || error.code === 'store-missing') return { kind: 'gone' };
    if (OF_ONE_FILE.has(error.code)) return { kind: 'unreadable' };
    throw error;
  }
}

interface Known {
  readonly backups: readonly StoredFile[];
  readonly meant: RegExp;
  readonly everything: boolean;
}

function unusable(whole: readonly Seen<{ readonly kind: string }>[], known: Known): readonly Stray[] {
  const shapes = new Set(known.backups.map(({ key }) => shapeOf(key)));
  const everything = known.everything || known.backups.length === 0;
  return whole.flatMap(({ artefact: { modifiedAt, key }, sniffed: found }): readonly Stray[] => {
    if (!everything && !known.meant.test(key) && !shapes.has(shapeOf(key))) return [];
    const stray = strayOf(found as NoBackup, shapes.has(shapeOf(key)));
    return stray === undefined ? [] : [{ ...stray, modifiedAt }];
  });
}

/** `replaces`: yesterday's file of the same job could be opened, so what is there now is not what the job writes. */
function strayOf(found: NoBackup, replaces: boolean): Omit<Stray, 'modifiedAt'> | undefined {
  switch (found.kind) {
    case 'empty':
      return { code: 'backup.empty', outcome: 'failed' };
    case 'broken':
      return { code: 'backup.truncated', outcome: 'failed' };
    case 'other':
      return { code: 'backup.not-a-dump', outcome: 'failed' };
    case 'unsupported':
      return replaces && found.what === NOISE
        ? { code: 'backup.not-a-dump', outcome: 'failed' }
        : { code: 'backup.unsupported', outcome: 'inconclusive', object: found.what };
    case 'newer':
      return { code: 'backup.newer-format', outcome: 'inconclusive', expected: found.known, observed: found.found };
    case 'unreadable':
      return { code: 'backup.unreadable', outcome: 'inconclusive' };
    case 'gone':
    default:
      return undefined;
  }
}

/** Bytes without any order: encrypted by somebody, whoever that was. */
export const NOISE = 'encrypted, or noise';

function partials(
  seen: readonly Seen<unknown>[],
  at: { readonly growing: ReadonlySet<StoredFile>; readonly now: string },
): readonly Stray[] {
  return seen
    .filter(({ artefact }) => artefact.partial && !at.growing.has(artefact) && !isRecent(artefact, at.now))
    .map(({ artefact }) => ({ code: 'backup.newer-incomplete', outcome: 'failed', modifiedAt: artefact.modifiedAt }));
}
