import { readFile, rm, writeFile } from '../../system/files.ts';
import type { Entry, Store } from './store.ts';
import { unwrapPrefix, type OuterCompression } from './wrapping.ts';

/** What goes with a backup (accounts, settings) is text, and never much of it. */
const LARGEST = 64 << 20;

/** A small text that goes with a backup, and where it is to be. */
export interface BesideText {
  readonly entry: Entry;
  /** Host file in the staging folder. */
  readonly file: string;
  /** How it is wrapped; undefined if its first bytes say that it is something else. */
  readonly compressionOf: (size: number, read: (length: number) => Promise<Buffer>) => Promise<OuterCompression | undefined>;
}

/** Brings it into the staging folder, opened. False: it is not what it should be, and nothing is there. */
export async function stageText(store: Store, { entry, file, compressionOf }: BesideText, stop: AbortSignal): Promise<boolean> {
  if (entry.size > LARGEST) return false;
  const raw = `${file}.raw`;
  await store.copy(entry, { file: raw, progress: () => undefined }, stop);
  const bytes = await readFile(raw);
  await rm(raw, { force: true });
  const compression = await compressionOf(bytes.length, length => Promise.resolve(bytes.subarray(0, length)));
  if (compression === undefined) return false;
  const opened = await unwrapPrefix(bytes, compression, LARGEST);
  if ('missing' in opened) return false;
  await writeFile(file, opened.bytes);
  return true;
}
