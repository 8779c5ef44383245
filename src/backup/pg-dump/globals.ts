import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile, rm, writeFile } from '../../system/files.ts';
import { BackupError, type FetchPlace } from '../backup.ts';
import { readOptions } from './options.ts';
import { STAGED_GLOBALS, type PointHandle } from './point.ts';
import { sniff } from './sniff.ts';
import { openPlace, type Entry, type Store } from '../dump-files/store.ts';
import { unwrapPrefix, wrappingOf } from '../dump-files/wrapping.ts';

/** Roles, their settings and tablespaces: text, and never much of it. */
const LARGEST = 64 << 20;

export interface FetchedGlobals {
  /** Name in the staging folder, or `null`. */
  readonly file: string | null;
  readonly findings: readonly Finding[];
}

/** Brings the globals, opened: those that the plan names, else those found beside the dump. Only if the plan names some must there be any. */
export async function fetchGlobals(what: { store: Store; from: PointHandle; at: FetchPlace }, stop: AbortSignal): Promise<FetchedGlobals> {
  const { store, from, at } = what;
  const named = readOptions(at.store.section).globals;
  if (named === undefined)
    return from.globalsEntry === null
      ? { file: null, findings: [] }
      : { file: await stage(store, { entry: from.globalsEntry, at }, stop), findings: [] };
  await using place = await openPlace(named, at.store);
  const entry = await onlyEntry(place, stop);
  const file = entry === undefined ? null : await stage(place, { entry, at }, stop);
  return { file, findings: file === null ? [finding('backup.globals-missing', 'failed', { probe: 'backup' })] : [] };
}

/** A place that is not there holds nothing; every other trouble is "could not". */
async function onlyEntry(place: Store, stop: AbortSignal): Promise<Entry | undefined> {
  try {
    for await (const entry of place.entries(stop)) return entry;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  return undefined;
}

/** `null` if it is not what pg_dumpall --globals-only writes. */
async function stage(store: Store, what: { entry: Entry; at: FetchPlace }, stop: AbortSignal): Promise<string | null> {
  const { entry, at } = what;
  if (entry.size > LARGEST) return null;
  const raw = join(at.staging, `${STAGED_GLOBALS}.raw`);
  await store.copy(entry, { file: raw, progress: () => undefined }, stop);
  const bytes = await readFile(raw);
  await rm(raw, { force: true });
  const sniffed = await sniff(bytes.length, length => Promise.resolve(bytes.subarray(0, length)));
  const wrapping = wrappingOf(bytes);
  if (sniffed.kind !== 'globals' || wrapping === 'other') return null;
  const opened = await unwrapPrefix(bytes, wrapping, LARGEST);
  if ('missing' in opened) return null;
  await writeFile(join(at.staging, STAGED_GLOBALS), opened.bytes);
  return STAGED_GLOBALS;
}
