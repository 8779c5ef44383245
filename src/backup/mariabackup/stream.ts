import { GZIP_TAIL_BYTES, gzipEnd } from '../dump-files/gzip-end.ts';
import type { Entry, Store } from '../dump-files/store.ts';
import { readSaid, type BackupSays } from './said.ts';
import { MARK } from './stream-walk.ts';

/** How a stream of mariabackup is packed. */
export type StreamPacking = 'none' | 'gzip';

/** What `mariabackup --stream=mbstream` writes is given names like these. */
const NAME = /\.(?:xb|xbs|xbstream|mb|mbs|mbstream)(?:\.gz)?$/i;
const GZIP = Buffer.from([0x1f, 0x8b]);
/** The last files of a stream are what it says of itself; they are small. */
const TAIL_BYTES = 16_384;
const LAST = /XBSTCK01\0E.{4}(?:xtrabackup|mariadb_backup)_info$/s;

export interface SeenStream {
  readonly packing: StreamPacking;
  readonly says: BackupSays;
  /** It came to its end, but nobody can tell from outside what it is. */
  readonly untold: boolean;
}

export function isNamedStream({ key }: Pick<Entry, 'key'>): boolean {
  return NAME.test(key);
}

/** By its first bytes a stream, by its last ones what it says of itself: nothing, if it was cut. Undefined: something else. */
export async function lookAtStream(store: Store, entry: Entry, stop: AbortSignal): Promise<SeenStream | undefined> {
  const read = (from: number, length: number): Promise<Buffer> => store.read(entry, { from: Math.max(0, from), length }, stop);
  const head = await read(0, MARK.length);
  if (head.equals(MARK)) {
    const text = (await read(entry.size - TAIL_BYTES, TAIL_BYTES)).toString('latin1');
    return { packing: 'none', says: saidIn(LAST.test(text) ? text : ''), untold: false };
  }
  if (!head.subarray(0, GZIP.length).equals(GZIP)) return undefined;
  const end = gzipEnd(await read(entry.size - GZIP_TAIL_BYTES, GZIP_TAIL_BYTES));
  const says = saidIn(end?.subarray(-TAIL_BYTES).toString('latin1') ?? '');
  return { packing: 'gzip', says, untold: end !== undefined && says.type !== 'full' };
}

/** Of a packed one zeros stand where the packer repeated what is farther away; such a value is then not said. */
function saidIn(text: string): BackupSays {
  const lines = text.replaceAll(/(?=backup_typ)/g, '\n');
  const place = /^binlog_pos = filename '([\w.-]{1,200})', position '(\d{1,19})'(?:, GTID of the last change '([\d,-]{0,4000})')?/m.exec(
    text,
  );
  return readSaid(lines, lines, place === null ? '' : `${place[1]}\t${place[2]}\t${place[3] ?? ''}`);
}
