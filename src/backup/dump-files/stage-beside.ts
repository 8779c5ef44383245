import { finding, type FindingCode } from '../../finding/finding.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { NONE, type StagedText } from './stage-text.ts';
import { openPlace, type Entry, type Store } from './store.ts';

/** A text that goes with a backup: where it may be, and how it is brought. */
export interface Beside {
  readonly store: Store;
  readonly access: StoreAccess;
  /** The place that the plan names for it. */
  readonly named: string | undefined;
  /** What was found for it beside the backup. */
  readonly entry: Entry | null;
  readonly stage: (place: Store, entry: Entry) => Promise<StagedText>;
  /** Which of the entries of the named place are tried, one after the other, until one is it. */
  readonly candidates: (place: Store) => Promise<readonly Entry[]>;
  /** What it is when the plan names a place and there is none. */
  readonly missing: FindingCode;
}

/** Brings what the plan names, else what was found beside the backup. Only if the plan names a place must there be any. */
export async function stageBeside({ store, access, named, entry, stage, candidates, missing }: Beside): Promise<StagedText> {
  if (named === undefined) return entry === null ? NONE : stage(store, entry);
  await using place = await openPlace(named, access);
  for (const one of await candidates(place)) {
    const staged = await stage(place, one);
    if (staged.file !== null || staged.findings.length > 0) return staged;
  }
  return { file: null, findings: [finding(missing, 'failed', { probe: 'backup' })] };
}

/** The first `most` entries of a place. One that is not there holds nothing; every other trouble is "could not". */
export async function entriesThere(place: Store, most: number, stop: AbortSignal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of place.entries(stop)) {
      entries.push(entry);
      if (entries.length >= most) break;
    }
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  return entries;
}
