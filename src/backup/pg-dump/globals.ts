import { finding } from '../../finding/finding.ts';
import { BackupError, type FetchPlace } from '../backup.ts';
import { readOptions } from './options.ts';
import { STAGED_GLOBALS, type PointHandle } from './point.ts';
import { sniff } from './sniff.ts';
import { NONE, stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import { openPlace, type Entry, type Store } from '../dump-files/store.ts';
import { wrappingOf } from '../dump-files/wrapping.ts';

/** The last line that pg_dumpall writes. */
const TRAILER = '-- PostgreSQL database cluster dump complete';

/** Brings the globals, opened: those that the plan names, else those found beside the dump. Only if the plan names some must there be any. */
export async function fetchGlobals(what: { store: Store; from: PointHandle; at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const { store, from, at } = what;
  const named = readOptions(at.store.section).globals;
  if (named === undefined) return from.globalsEntry === null ? NONE : await stage(store, { entry: from.globalsEntry, at }, stop);
  await using place = await openPlace(named, at.store);
  const entry = await onlyEntry(place, stop);
  const staged = entry === undefined ? NONE : await stage(place, { entry, at }, stop);
  if (staged.file !== null || staged.findings.length > 0) return staged;
  return { file: null, findings: [finding('backup.globals-missing', 'failed', { probe: 'backup' })] };
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

/** Opened, under a name of ours, if it is what pg_dumpall --globals-only writes. */
function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffGlobals: BesideText['sniff'] = async (size, read) => {
    const { kind } = await sniff(size, read);
    const compression = wrappingOf(await read(size));
    return kind === 'globals' && compression !== 'other' ? { compression, trailer: TRAILER } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_GLOBALS, what: 'roles', sniff: sniffGlobals }, stop);
}
