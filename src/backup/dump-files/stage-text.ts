import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile, rm, writeFile } from '../../system/files.ts';
import { bufferSource } from '../../system/range.ts';
import type { Entry, Store } from './store.ts';
import { contentWhole, scriptWhole, type Trailer } from './whole-content.ts';
import { UNTOLD, WHOLE, type Whole } from './whole.ts';
import { unwrapPrefix, type OuterCompression } from './wrapping.ts';

/** What goes with a backup (accounts, settings) is text, and never much of it. */
const LARGEST = 64 << 20;
const LIMITS = { storedBytes: LARGEST, contentBytes: LARGEST, timeMs: 30_000 };

/** A small text that goes with a backup, and where it is to be. */
export interface BesideText {
  readonly entry: Entry;
  /** Host folder and name in it. */
  readonly folder: string;
  readonly name: string;
  /** What it is, for findings: `accounts`, `settings`. */
  readonly what: string;
  /** What it is by its first bytes; undefined: something else than it should be. */
  readonly sniff: (size: number, read: (length: number) => Promise<Buffer>) => Promise<SniffedText | undefined>;
}

export interface SniffedText {
  readonly compression: OuterCompression;
  /** How it must end; `null`: it has no end of its own. */
  readonly trailer: Trailer | null;
}

export interface StagedText {
  /** Its name in the folder; `null`: it is not there, or not what it should be. */
  readonly file: string | null;
  readonly findings: readonly Finding[];
}

export const NONE: StagedText = { file: null, findings: [] };

/** Brings it into the folder, opened to its end. What is damaged or cut off is a finding, and is not there: half of it is worse than none. */
export async function stageText(store: Store, text: BesideText, stop: AbortSignal): Promise<StagedText> {
  const { entry, folder, name, what } = text;
  if (entry.size > LARGEST) return { file: null, findings: findingsOf(UNTOLD, what) };
  const file = join(folder, name);
  const raw = `${file}.raw`;
  await store.copy(entry, { file: raw, progress: () => undefined }, stop);
  const bytes = await readFile(raw);
  await rm(raw, { force: true });
  const sniffed = await text.sniff(bytes.length, length => Promise.resolve(bytes.subarray(0, length)));
  if (sniffed === undefined) return NONE;
  const findings = findingsOf(await wholeOf(bytes, sniffed, stop), what);
  const opened = findings.length > 0 ? undefined : await unwrapPrefix(bytes, sniffed.compression, LARGEST);
  if (opened === undefined || 'missing' in opened) return { file: null, findings };
  await writeFile(file, opened.bytes);
  return { file: name, findings };
}

async function wholeOf(bytes: Buffer, { compression, trailer }: SniffedText, stop: AbortSignal): Promise<Whole> {
  const source = bufferSource(bytes);
  if (compression !== 'none') return contentWhole(source, { compression, trailer, limits: LIMITS }, stop);
  return trailer === null ? WHOLE : scriptWhole(source, trailer);
}

/** What nobody could look at to its end leaves the question open: without it accounts or rules may be missing. */
function findingsOf(whole: Whole, what: string): readonly Finding[] {
  if (whole.says === 'bad') return whole.findings.map(found => ({ ...found, object: what }));
  return whole.says === 'whole' ? [] : [finding('backup.not-checked', 'skipped', { probe: 'backup', object: what })];
}
