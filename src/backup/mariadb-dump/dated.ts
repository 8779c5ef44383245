import type { BackupSection } from '../../plan/plan.ts';
import { ownZone, resolveLocal, resolveOffsets, type Dated, type LocalTime, type ZoneFacts } from '../created.ts';
import { GZIP_TAIL_BYTES, gzipEnd } from '../dump-files/gzip-end.ts';
import { timeInName } from '../name-time.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { unwrapPrefix } from '../dump-files/wrapping.ts';
import { readOptions } from './options.ts';
import type { SniffedDump } from './sniff.ts';

const TAIL_BYTES = 4_096;
/** What is smaller is opened to see its last line. */
const SMALL_BYTES = 4 << 20;
const OPENED_BYTES = 256 << 20;
const DAY_MS = 24 * 3_600_000;
const COARSE_MS = 2_000;

/**
 * Of which moment the data are. The dump itself says only when it was finished, and in the clock of its machine; its data are of its
 * beginning. A time in the name that lies within a day before that end is taken for the beginning; else the end stands for it, which is too
 * late by as long as the dump took. Both are `declared`: the dump does not prove either.
 */
export async function datedBy(
  found: { readonly entry: Entry; readonly dump: SniffedDump },
  at: { readonly store: Store; readonly section: BackupSection },
  stop: AbortSignal,
): Promise<Dated> {
  const { entry, dump } = found;
  const facts: ZoneFacts = {
    finishedMs: Date.parse(entry.modifiedAt),
    bytes: entry.size,
    declaredZone: readOptions(at.section).time ?? null,
    ownZone: ownZone(),
  };
  const end = endIn(await lastOf(found, at.store, stop));
  const finished = end === undefined ? null : resolveLocal(end, facts).at;
  const begun = dump.commented ? beginning(entry.key, facts) : null;
  const latestMs = finished === null ? facts.finishedMs : Date.parse(finished);
  if (begun !== null && Date.parse(begun) <= latestMs + COARSE_MS && latestMs - Date.parse(begun) < DAY_MS)
    return { at: begun, basis: 'declared' };
  return finished === null ? { at: null, basis: 'not-tested' } : { at: finished, basis: 'declared' };
}

function beginning(key: string, facts: ZoneFacts): string | null {
  const time = timeInName(key);
  if (time === undefined) return null;
  return time.offset === null ? resolveLocal(time.local, facts).at : resolveOffsets(time.local, [time.offset], facts.finishedMs).at;
}

/** The last bytes of the content, as far as they can be had without opening all of a large file. */
async function lastOf(
  { entry, dump }: { readonly entry: Entry; readonly dump: SniffedDump },
  store: Store,
  stop: AbortSignal,
): Promise<string> {
  const read = (length: number): Promise<Buffer> => {
    const from = Math.max(0, entry.size - length);
    return store.read(entry, { from, length: Math.min(length, entry.size) }, stop);
  };
  if (dump.compression === 'none') return (await read(TAIL_BYTES)).toString('latin1');
  if (entry.size <= SMALL_BYTES) {
    const opened = await unwrapPrefix(await read(SMALL_BYTES), dump.compression, OPENED_BYTES);
    return 'missing' in opened ? '' : opened.bytes.subarray(-TAIL_BYTES).toString('latin1');
  }
  if (dump.compression !== 'gzip') return '';
  return (
    gzipEnd(await read(GZIP_TAIL_BYTES))
      ?.subarray(-TAIL_BYTES)
      .toString('latin1') ?? ''
  );
}

function endIn(text: string): LocalTime | undefined {
  const found = /^-- Dump completed on +(\d{4})-(\d\d?)-(\d\d?) +(\d\d?):(\d\d):(\d\d)/m.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  return { year, month, day, hour, minute, second };
}
