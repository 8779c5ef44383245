import { join } from 'node:path';
import { openFileSource } from '../../system/range.ts';
import type { FetchPlace, RecoveryPoint, Staged } from '../backup.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { entriesThere, stageBeside } from '../dump-files/stage-beside.ts';
import { stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import { openStore, type Entry, type Store } from '../dump-files/store.ts';
import { readHandle, STAGED_CONFIG, STAGED_FILE } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff } from './sniff.ts';
import { endsAsEntry, wholeFindings } from './whole.ts';

/** Brings the bytes of one point into the staging folder, with their digest, and looks whether they are whole. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const handle = readHandle(point.handle);
  await using store = await openStore(at.store);
  const path = join(at.staging, STAGED_FILE);
  const progress = (doneBytes: number): void => at.progress({ phase: 'fetch', doneBytes, totalBytes: point.bytes });
  const sha256 = await store.copy(handle.entry, { file: path, progress }, stop);
  const config = await stageBeside({
    ...{
      store,
      access: at.store,
      named: readOptions(at.store.section).config,
      entry: handle.configEntry,
      missing: 'backup.settings-missing',
    },
    stage: (place, entry) => stage(place, { entry, at }, stop),
    candidates: place => newestFirst(place, stop),
  });
  await using source = await openFileSource(path);
  const findings = [...digestFindings(handle.sha256, sha256), ...config.findings, ...(await wholeFindings(handle, source, stop))];
  return { folder: at.staging, bytes: handle.entry.size, sha256, findings, handle: { ...handle, config: config.file } };
}

/** Of a folder the newest that holds settings, be they whole or not. */
async function newestFirst(place: Store, stop: AbortSignal): Promise<readonly Entry[]> {
  const entries = await entriesThere(place, Infinity, stop);
  return entries.filter(({ refused }) => refused === undefined).sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt));
}

function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffConfig: BesideText['sniff'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'config' ? { compression: found.compression, trailer: endsAsEntry } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_CONFIG, what: 'settings', sniff: sniffConfig }, stop);
}
