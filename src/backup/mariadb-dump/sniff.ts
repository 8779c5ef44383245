import { placeIn, type BinlogPlace } from '../binlogs/place.ts';
import { firstText, type NoBackup } from '../dump-files/sniff-text.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';

/** A dump by its first bytes. */
export interface SniffedDump {
  readonly kind: 'dump' | 'users';
  readonly compression: OuterCompression;
  readonly engine: 'mariadb' | 'mysql';
  /** Version of the server that was dumped, such as `10.11`; `null`: it does not say. */
  readonly series: string | null;
  readonly database: string | null;
  readonly commented: boolean;
  /** It does not say into which schema it is to be restored. */
  readonly nameless: boolean;
  /** At which place of the binary logs of its server it was made (`--master-data`); `null`: it does not say. */
  readonly place: BinlogPlace | null;
}

/** What a file is by its bytes; its name was not asked. */
export type Sniffed = SniffedDump | NoBackup;

/** Looks at the beginning (`read` gives up to that many first bytes) of a file of `size` bytes. */
export async function sniff(size: number, read: (length: number) => Promise<Buffer>): Promise<Sniffed> {
  const first = await firstText(size, read);
  return first.kind === 'text' ? sniffText(first.text, first.compression) : first;
}

const HEADER = /^-- (MariaDB|MySQL) dump /m;
/** Dumps without comments begin with this line, or with the settings that the tool saves. */
const BARE = /^\s*(?:\/\*M?!\d{5,6}\\- enable the sandbox mode \*\/|\/\*!40\d{3} SET )/;

function sniffText(text: string, compression: OuterCompression): Sniffed {
  const header = HEADER.exec(text.slice(0, 4_096));
  if (header === null && !BARE.test(text)) return { kind: 'other' };
  const version = /^-- Server version\s+(\S{1,100})/m.exec(text)?.[1] ?? '';
  return {
    kind: /^CREATE (?:USER|ROLE) /m.test(text) && !/^CREATE (?:TABLE|DATABASE) /m.test(text) ? 'users' : 'dump',
    compression,
    engine: header?.[1] === 'MariaDB' || version.includes('MariaDB') ? 'mariadb' : 'mysql',
    series: /^\d+\.\d+/.exec(version)?.[0] ?? null,
    database: /^-- Host: .{0,300}? {4}Database: (\S.{0,200}?)\r?$/m.exec(text)?.[1] ?? null,
    commented: header !== null,
    nameless: !/^(?:USE|CREATE DATABASE) /m.test(text),
    place: placeOf(text),
  };
}

/** Before the first table, as a comment or not. */
function placeOf(text: string): BinlogPlace | null {
  const head = text.slice(0, /^(?:DROP|CREATE|INSERT) /m.exec(text)?.index);
  const [, file, position] = /^(?:-- )?CHANGE MASTER TO MASTER_LOG_FILE='([^']{1,220})', MASTER_LOG_POS=(\d{1,15});/m.exec(head) ?? [];
  return file === undefined || position === undefined ? null : placeIn(file, position);
}
