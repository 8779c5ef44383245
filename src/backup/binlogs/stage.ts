import { join } from 'node:path';
import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { mkdir } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace } from '../backup.ts';
import { readPlace } from '../dump-files/place-options.ts';
import { openPlace, throwIfStopped, type Entry } from '../dump-files/store.ts';
import type { BinlogFiles } from '../mariadb-files.ts';
import { isoOf, numberOf } from './chain.ts';
import { readBinlogOptions } from './options.ts';
import type { BinlogPlace } from './place.ts';
import { SchemasSeen } from './schemas.ts';
import { unsupported } from './unsupported.ts';
import { areSame, walkBinlog, type Gtids, type WalkedBinlog } from './walk.ts';

/** The binary logs of a point, as they were listed. */
export interface ListedBinlogs {
  readonly place: BinlogPlace;
  readonly entries: readonly Entry[];
  /** ISO; `null`: to the newest transaction. */
  readonly until: string | null;
}

export interface WantedBinlogs extends ListedBinlogs {
  /** The one schema that the backup holds; `null`: it holds several, or all. */
  readonly of: string | null;
}

/** In the staging folder, as far as they lead on without a break. */
export interface StagedBinlogs {
  readonly binlogs: BinlogFiles | null;
  readonly findings: readonly Finding[];
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly bytes: number;
}

export const NO_LOG: StagedBinlogs = { binlogs: null, findings: [], files: [], bytes: 0 };

const FOLDER = 'binlogs';

/** Brings each over and reads all of it: events whole and with the right sums, and every log beginning with what the one before it ended with. */
export async function stageBinlogs(
  { place, entries, until, of }: WantedBinlogs,
  at: FetchPlace,
  stop: AbortSignal,
): Promise<StagedBinlogs> {
  const { binlogs: folder } = readBinlogOptions(at.store.section);
  if (folder === undefined) throw new BackupError('tool-failed', 'the plan names no binary logs', { hint: 'Report this.' });
  await using store = await openPlace(folder, at.store);
  await mkdir(join(at.staging, FOLDER), { recursive: true });
  const moment = until === null ? null : Math.floor(Date.parse(until) / 1_000);
  const files: { name: string; sha256: string }[] = [];
  const walked: WalkedBinlog[] = [];
  const schemas = new SchemasSeen(of);
  for (const [index, entry] of entries.entries()) {
    throwIfStopped(stop);
    const name = `${FOLDER}/${String(numberOf(entry, place.stem)).padStart(6, '0')}`;
    files.push({ name, sha256: await store.copy(entry, { file: join(at.staging, name), progress: () => undefined }, stop) });
    await using source = await openFileSource(join(at.staging, name));
    const one = await walkBinlog(source, { start: index === 0 ? place.position : 0, until: moment, schemas });
    const fault = faultOf(one, { place, previous: walked.at(-1), isLast: index === entries.length - 1 });
    if (fault !== undefined) return { binlogs: null, files, bytes: 0, findings: [findingOf(fault, entries.length - index)] };
    walked.push(one);
    if (one.stop !== null) break;
  }
  const bytes = entries.slice(0, walked.length).reduce((sum, { size }) => sum + size, 0);
  const reachesTarget = moment === null || walked.some(({ passesMoment }) => passesMoment);
  const lastAt = isoOf(walked.findLast(({ lastTime }) => lastTime !== null)?.lastTime ?? null);
  const names = files.map(({ name }) => name);
  const last = walked.at(-1);
  const endsWell = last === undefined || (last.state === 'whole' && !last.open);
  const end = last?.stop ?? (endsWell ? null : last.wholeUntil);
  const before = [...(walked[0]?.atStart ?? [])].map(([server, number]) => `${server}-${number}`);
  const binlogs: BinlogFiles = { files: names, start: place.position, before, stop: end, lastAt, reachesTarget, schemas: schemas.seen() };
  // They are counted in the zone of whoever runs them again.
  const zoneless = binlogs.schemas.zoned && readPlace(at.store.section).time === undefined;
  return {
    binlogs,
    files,
    bytes,
    findings: zoneless ? [unsupported('statements in the time zone of the source, which `time` does not say')] : [],
  };
}

type Fault = 'damaged' | 'foreign' | { readonly unsupported: string };

interface Where {
  readonly place: BinlogPlace;
  readonly previous: WalkedBinlog | undefined;
  readonly isLast: boolean;
}

/** A server that crashed leaves a log without an end; that the next one goes on from there shows that nothing is missing. */
function faultOf(one: WalkedBinlog, { place, previous, isLast }: Where): Fault | undefined {
  if (one.unreadable !== null) return { unsupported: one.unreadable };
  if (one.beginsLate) return { unsupported: 'a backup that is later than the moment to recover to' };
  if (one.state === 'damaged' || (!isLast && one.state === 'cut')) return 'damaged';
  if (previous !== undefined) {
    if (one.before === undefined) return previous.closed ? undefined : 'damaged';
    return areSame(one.before, previous.after) ? undefined : previous.closed ? 'foreign' : 'damaged';
  }
  if (one.atStart === undefined) return one.state === 'cut' ? 'damaged' : 'foreign';
  const there = one.atStart;
  return place.gtids.every(gtid => isIn(there, gtid)) ? undefined : 'foreign';
}

function isIn(there: Gtids, gtid: string): boolean {
  const [domain, server, number = '0'] = gtid.split('-');
  return there.get(`${domain}-${server}`) === BigInt(number);
}

const CODES: Readonly<Record<Extract<Fault, string>, FindingCode>> = {
  damaged: 'backup.binlog-damaged',
  foreign: 'backup.binlog-foreign',
};

function findingOf(fault: Fault, observed: number): Finding {
  if (typeof fault === 'object') return unsupported(fault.unsupported);
  return finding(CODES[fault], 'failed', { probe: 'backup', unit: 'files', expected: 0, observed });
}
