import { basename } from 'node:path/posix';
import { finding, type Finding } from '../../finding/finding.ts';
import type { StoreAccess } from '../backup.ts';
import { openPlace, type Entry, type Store } from '../dump-files/store.ts';
import { inProgress, isRecent } from '../dump-files/strays.ts';
import { walkBinlog, type WalkedBinlog } from './walk.ts';
import type { BinlogPlace } from './place.ts';

/** The binary logs that lead on from a backup. */
export interface BinlogChain {
  /** In order, without a gap; the first is the one in which the backup was made. */
  readonly entries: readonly Entry[];
  readonly findings: readonly Finding[];
  /** ISO: when the last transaction in them was committed. */
  readonly lastAt: string | null;
}

/** So many logs without a transaction are passed over, from the newest back. */
const QUIET_LOGS = 8;
const PROBE = 'backup';

/** By their names, and by the content of the newest; the others are read when they are fetched. */
export async function chainFrom(
  place: BinlogPlace,
  at: { readonly folder: string; readonly access: StoreAccess },
  stop: AbortSignal,
): Promise<BinlogChain> {
  await using store = await openPlace(at.folder, at.access);
  const logs = new Map<number, Entry>();
  for await (const entry of store.entries(stop)) {
    const number = numberOf(entry, place.stem);
    if (number !== undefined && entry.refused === undefined) logs.set(number, entry);
  }
  const entries: Entry[] = [];
  for (let number = place.number; logs.has(number); number += 1) entries.push(logs.get(number) as Entry);
  const later = [...logs.keys()].filter(number => number >= place.number + entries.length).length;
  const gap = entries.length === 0 || later > 0;
  const newest = await newestOf(store, entries, stop);
  const findings = [
    ...(gap ? [finding('backup.binlog-gap', 'failed', { probe: PROBE, unit: 'files', expected: 0, observed: later })] : []),
    ...(newest === undefined || gap ? [] : endOf(newest, at.access.now())),
  ];
  return { entries, findings, lastAt: newest?.lastAt ?? null };
}

export function numberOf({ key }: Entry, stem: string): number | undefined {
  const name = basename(key);
  const digits = name.startsWith(`${stem}.`) ? /^\d{6,10}$/.exec(name.slice(stem.length + 1))?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

interface Newest {
  readonly entry: Entry;
  readonly walked: WalkedBinlog;
  readonly lastAt: string | null;
}

async function newestOf(store: Store, entries: readonly Entry[], stop: AbortSignal): Promise<Newest | undefined> {
  let newest: Newest | undefined;
  for (const entry of entries.slice(-QUIET_LOGS).reverse()) {
    const source = { size: entry.size, read: (from: number, length: number) => store.read(entry, { from, length }, stop) };
    const walked = await walkBinlog(source, { start: 0, until: null });
    newest = { entry, walked, ...newest, lastAt: isoOf(walked.lastTime) };
    if (newest.lastAt !== null) break;
  }
  return newest;
}

/** What is still being copied may end anywhere. */
function endOf({ entry, walked }: Newest, now: string): readonly Finding[] {
  // Its end cannot be seen either; that is said when it is fetched.
  if (walked.unreadable !== null) return [];
  if (walked.state === 'damaged')
    return [finding('backup.binlog-damaged', 'failed', { probe: PROBE, unit: 'files', expected: 0, observed: 1 })];
  if (walked.state === 'whole' && !walked.open) return [];
  return isRecent(entry, now) ? inProgress(1, 'files') : [finding('backup.binlog-cut', 'failed', { probe: PROBE })];
}

export function isoOf(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1_000).toISOString();
}
