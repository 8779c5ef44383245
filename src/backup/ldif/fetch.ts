import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { stageText, type BesideText } from '../dump-files/stage-text.ts';
import { openPlace, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { readHandle, STAGED_CONFIG, STAGED_FILE } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff } from './sniff.ts';
import { wholeFindings } from './whole.ts';

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

interface FetchedConfig {
  readonly file: string | null;
  readonly findings: readonly Finding[];
}

/** The settings that the plan names, else those found beside the export. Only if the plan names some must there be any. */
async function fetchConfig(
  what: { readonly store: Store; readonly entry: Entry | null; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<FetchedConfig> {
  const { store, entry, at } = what;
  const named = readOptions(at.store.section).config;
  if (named === undefined) return { file: entry === null ? null : await stage(store, { entry, at }, stop), findings: [] };
  await using place = await openPlace(named, at.store);
  const file = await firstConfig(place, at, stop);
  return { file, findings: file === null ? [finding('backup.settings-missing', 'failed', { probe: 'backup' })] : [] };
}

/** Of a folder the newest that holds settings. */
async function firstConfig(place: Store, at: FetchPlace, stop: AbortSignal): Promise<string | null> {
  const entries: Entry[] = [];
  try {
    for await (const entry of place.entries(stop)) entries.push(entry);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  for (const entry of entries.sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt))) {
    const file = entry.refused === undefined ? await stage(place, { entry, at }, stop) : null;
    if (file !== null) return file;
  }
  return null;
}

async function stage(
  store: Store,
  { entry, at }: { readonly entry: Entry; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<string | null> {
  const compressionOf: BesideText['compressionOf'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'config' ? found.compression : undefined;
  };
  return (await stageText(store, { entry, file: join(at.staging, STAGED_CONFIG), compressionOf }, stop)) ? STAGED_CONFIG : null;
}
