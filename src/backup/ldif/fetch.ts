import { join } from 'node:path';
import { finding } from '../../finding/finding.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { NONE, stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import { openPlace, openStore, type Entry, type Store } from '../dump-files/store.ts';
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
  const config = await fetchConfig({ store, entry: handle.configEntry, at }, stop);
  await using source = await openFileSource(path);
  const findings = [...digestFindings(handle.sha256, sha256), ...config.findings, ...(await wholeFindings(handle, source, stop))];
  return { folder: at.staging, bytes: handle.entry.size, sha256, findings, handle: { ...handle, config: config.file } };
}

/** The settings that the plan names, else those found beside the export. Only if the plan names some must there be any. */
async function fetchConfig(
  what: { readonly store: Store; readonly entry: Entry | null; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<StagedText> {
  const { store, entry, at } = what;
  const named = readOptions(at.store.section).config;
  if (named === undefined) return entry === null ? NONE : await stage(store, { entry, at }, stop);
  await using place = await openPlace(named, at.store);
  const staged = await firstConfig(place, at, stop);
  if (staged.file !== null || staged.findings.length > 0) return staged;
  return { file: null, findings: [finding('backup.settings-missing', 'failed', { probe: 'backup' })] };
}

/** Of a folder the newest that holds settings, be they whole or not. */
async function firstConfig(place: Store, at: FetchPlace, stop: AbortSignal): Promise<StagedText> {
  const entries: Entry[] = [];
  try {
    for await (const entry of place.entries(stop)) entries.push(entry);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  for (const entry of entries.sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt))) {
    const staged = entry.refused === undefined ? await stage(place, { entry, at }, stop) : NONE;
    if (staged.file !== null || staged.findings.length > 0) return staged;
  }
  return NONE;
}

function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffConfig: BesideText['sniff'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'config' ? { compression: found.compression, trailer: endsAsEntry } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_CONFIG, what: 'settings', sniff: sniffConfig }, stop);
}
