import { finding, type Finding } from '../../finding/finding.ts';
import type { ByteSource } from '../../system/range.ts';
import { HEADER_BYTES, readHeader, usesWal, type SqliteHeader } from './header.ts';
import { INDEX_BYTES, readWalIndex, type WalIndex } from './wal-index.ts';
import { readWal, type WalRead } from './wal.ts';

/** A database with what lies beside it, as it was copied. `null`: it does not. */
export interface Parts {
  readonly main: ByteSource;
  readonly wal: ByteSource | null;
  readonly shm: ByteSource | null;
  readonly journal: ByteSource | null;
}

/** A journal in which a transaction that was not finished can be taken back. */
const HOT = Buffer.from('d9d505f920a163d7', 'hex');

/** What a copy says of its own wholeness: its length, and the log that belongs to it. What only SQLite can tell is left to it. */
export async function checkDatabase(parts: Parts, demands: { readonly wal: boolean }): Promise<readonly Finding[]> {
  const header = readHeader(await parts.main.read(0, HEADER_BYTES));
  if (header === undefined) return [finding('backup.not-a-dump', 'failed', { probe: 'backup' })];
  const wal = parts.wal === null ? null : await readWal(parts.wal);
  const isHot = parts.journal !== null && (await parts.journal.read(0, HOT.length)).equals(HOT);
  const index = parts.shm === null ? undefined : readWalIndex(await parts.shm.read(0, INDEX_BYTES));
  const log = logOf({ header, wal, index, demanded: demands.wal });
  // Pages that are only in the log make the file longer when SQLite opens it.
  const takesLog = isHot || (wal !== undefined && wal !== null && wal.committed > 0);
  const findings = [...log, ...(takesLog ? [] : lengthOf(header, parts.main.size)), ...(isHot ? [OPEN] : [])];
  if (findings.some(found => found.required && found.outcome === 'failed')) return findings;
  return [finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: parts.main.size }), ...findings];
}

/** Healthy: SQLite takes the transaction back by itself. Whoever copies like that is lucky that the journal came along. */
const OPEN = finding('backup.transaction-open', 'passed', { probe: 'backup', required: false });

function lengthOf({ pageBytes, pages }: SqliteHeader, size: number): readonly Finding[] {
  const expected = pages * pageBytes;
  if (size >= expected && size % pageBytes === 0) return [];
  return [
    finding('backup.truncated', 'failed', { probe: 'backup', unit: 'bytes', expected: expected === 0 ? null : expected, observed: size }),
  ];
}

interface Log {
  readonly header: SqliteHeader;
  /** `null`: there is none; `undefined`: it cannot be read. */
  readonly wal: WalRead | null | undefined;
  readonly index: WalIndex | undefined;
  readonly demanded: boolean;
}

function logOf({ header, wal, index, demanded }: Log): readonly Finding[] {
  const facts = { probe: 'backup', unit: 'pages' };
  if (wal === undefined) return [finding('backup.log-damaged', 'failed', facts)];
  if (wal !== null) return damageOf(wal, index);
  const missing = index === undefined ? 0 : index.committed - index.moved;
  if (missing > 0) return [finding('backup.log-missing', 'failed', { ...facts, expected: index?.committed ?? null, observed: missing })];
  if (!usesWal(header) || index !== undefined) return [];
  if (demanded) return [finding('backup.log-missing', 'failed', facts)];
  return [finding('backup.log-unknown', 'skipped', { probe: 'backup', required: false })];
}

/** What is behind a damaged page is lost. A page that is cut off at the very end may be one that was just being written, and then nobody misses it. */
function damageOf({ round, committed, torn, lost }: WalRead, index: WalIndex | undefined): readonly Finding[] {
  const said = index?.round === round && index.moved < index.committed ? index.committed : committed;
  const missing = Math.max(torn ? lost : 0, said - committed);
  if (missing > 0)
    return [finding('backup.log-damaged', 'failed', { probe: 'backup', unit: 'pages', expected: committed + missing, observed: missing })];
  return torn ? [finding('backup.log-torn', 'skipped', { probe: 'backup', required: false })] : [];
}
