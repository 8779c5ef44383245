import type { ByteSource } from '../../system/range.ts';
import { EVENT, readEvents, type BinlogEvent, type FileState } from './events.ts';
import type { SchemasSeen } from './schemas.ts';
import { statementIn } from './statement.ts';

/** The last transaction of each server in each domain: `domain-server` → number. */
export type Gtids = ReadonlyMap<string, bigint>;

/** What one binary log holds. */
export interface WalkedBinlog {
  readonly state: FileState;
  /** It ends as a server ends one: by naming the next, or by its own stop. */
  readonly closed: boolean;
  /** What it says had happened before it; undefined: nothing. */
  readonly before: Gtids | undefined;
  readonly after: Gtids;
  /** What had happened at the position asked for; undefined: no event begins there. */
  readonly atStart: Gtids | undefined;
  /** Seconds: the last whole transaction up to the moment asked for. */
  readonly lastTime: number | null;
  /** The position before the first transaction that is later than that moment. */
  readonly stop: number | null;
  /** Something in it is later than that moment. */
  readonly passesMoment: boolean;
  /** Its last transaction has no end. */
  readonly open: boolean;
  /** The position after the last whole transaction. */
  readonly wholeUntil: number;
  /** Why nothing can be said of it. */
  readonly unreadable: Unreadable | null;
  /** Something before the position asked for is later than the moment asked for. */
  readonly beginsLate: boolean;
}

export type Unreadable = 'encrypted binary logs' | 'compressed binary logs' | 'binary logs of MySQL';

export interface WalkFrom {
  readonly start: number;
  /** Seconds; `null`: to the end. */
  readonly until: number | null;
  /** Told of every event from there on. */
  readonly schemas?: SchemasSeen;
}

export async function walkBinlog(source: ByteSource, from: WalkFrom): Promise<WalkedBinlog> {
  const walk = new Walk(from);
  const state = await readEvents(source, event => walk.take(event));
  return { state, ...walk.result() };
}

interface Group {
  readonly at: number;
  readonly gtid: readonly [string, bigint];
  /** A single statement, such as a definition: its own end. */
  readonly standalone: boolean;
  last: BinlogEvent;
}

class Walk {
  readonly #from: WalkFrom;
  readonly #gtids = new Map<string, bigint>();
  #before: Gtids | undefined;
  #atStart: Gtids | undefined;
  #group: Group | undefined;
  #closed = false;
  #unreadable: Unreadable | null = null;
  #beginsLate = false;
  #passes = false;
  #lastTime: number | null = null;
  #stop: number | null = null;
  #wholeUntil = 0;

  constructor(from: WalkFrom) {
    this.#from = from;
  }

  take(event: BinlogEvent): void {
    this.#closed = event.type === EVENT.rotate || event.type === EVENT.stop;
    if (event.type === EVENT.gtidList) this.#list(event.body);
    this.#unreadable ??= whyUnreadable(event);
    if (this.#from.until !== null && event.time > this.#from.until) this.#passes = true;
    if (event.type === EVENT.gtid || this.#closed) this.#end();
    if (event.at >= this.#from.start && this.#stop === null) this.#from.schemas?.take(event);
    // Between transactions: never in one.
    if (event.at === this.#from.start && this.#group === undefined) this.#atStart = new Map(this.#gtids);
    if (event.type === EVENT.gtid) this.#group = groupOf(event);
    if (this.#group !== undefined) {
      this.#group.last = event;
      if (endsGroup(event, this.#group.standalone)) this.#end();
    }
    if (this.#group === undefined) this.#wholeUntil = event.end;
    if (event.end === this.#from.start && this.#group === undefined) this.#atStart = new Map(this.#gtids);
  }

  result(): Omit<WalkedBinlog, 'state'> {
    return {
      ...{ closed: this.#closed, before: this.#before, after: this.#gtids, atStart: this.#atStart, lastTime: this.#lastTime },
      ...{ stop: this.#stop, passesMoment: this.#passes, open: this.#group !== undefined },
      ...{ unreadable: this.#unreadable, beginsLate: this.#beginsLate },
      wholeUntil: this.#wholeUntil,
    };
  }

  #list(body: Buffer): void {
    const count = body.length < 4 ? 0 : body.readUInt32LE(0) & 0xfffffff;
    for (let index = 0; index < count && 4 + index * 16 + 16 <= body.length; index += 1) {
      const at = 4 + index * 16;
      this.#gtids.set(`${body.readUInt32LE(at)}-${body.readUInt32LE(at + 4)}`, body.readBigUInt64LE(at + 8));
    }
    this.#before = new Map(this.#gtids);
  }

  #end(): void {
    const group = this.#group;
    this.#group = undefined;
    if (group === undefined) return;
    this.#gtids.set(...group.gtid);
    const { until, start } = this.#from;
    if (group.at < start && until !== null && group.last.time > until) this.#beginsLate = true;
    if (group.at < start || this.#stop !== null) return;
    if (until !== null && group.last.time > until) this.#stop = group.at;
    else this.#lastTime = group.last.time;
  }
}

/** Of MariaDB, in plain events. */
function whyUnreadable({ type, body }: BinlogEvent): Unreadable | null {
  if (type === EVENT.encryption) return 'encrypted binary logs';
  if (type === EVENT.compressedQuery) return 'compressed binary logs';
  return type === EVENT.format && !body.toString('latin1', 2, 52).includes('MariaDB') ? 'binary logs of MySQL' : null;
}

function groupOf(event: BinlogEvent): Group {
  const { body, serverId, at } = event;
  const short = body.length < 13;
  const gtid = short ? (['', 0n] as const) : ([`${body.readUInt32LE(8)}-${serverId}`, body.readBigUInt64LE(0)] as const);
  return { at, gtid, standalone: !short && (body.readUInt8(12) & 1) === 1, last: event };
}

function endsGroup({ type, body }: BinlogEvent, standalone: boolean): boolean {
  if (type === EVENT.xid || type === EVENT.xaPrepare) return true;
  if (type !== EVENT.query) return false;
  const said = standalone ? undefined : statementIn(body);
  if (said === undefined) return standalone;
  const { text } = said;
  return text === 'COMMIT' || text === 'ROLLBACK';
}

/** Both have seen the same. */
export function areSame(a: Gtids, b: Gtids): boolean {
  return a.size === b.size && [...a].every(([place, number]) => b.get(place) === number);
}
