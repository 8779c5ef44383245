import { lines } from '../../system/lines.ts';
import { LOG_PREFIX } from './settings.ts';

/** How recovery goes, as the server's log says it. Nothing of a line is kept but what is asked for here. */
export class RecoveryLog {
  /** Segments taken from the archive so far. */
  restored: number;
  /** It ended, and the server lets clients in. */
  ready = false;
  /** The target that was given is what ended it. */
  reachedTarget = false;
  /** SQLSTATE and cause of the last complaint that ended it. */
  fatal: Complaint | undefined;
  /** What the server met at the place where the log ended for it. */
  foreign = false;
  readonly take: (chunk: Buffer) => void;
  #woken: (() => void) | undefined;

  constructor(restoredBefore = 0) {
    this.restored = restoredBefore;
    this.take = lines(line => this.#line(line)).chunk;
  }

  /** Resolves at the next line that matters, or after so many milliseconds. */
  next(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#woken = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #line(line: string): void {
    const [, sqlState = '', label = '', text = ''] = RECORD.exec(line) ?? [];
    if (label === 'LOG') this.#heard(text);
    // The first one is the cause: what follows are its consequences.
    else if ((label === 'FATAL' || label === 'PANIC') && sqlState !== STARTING && this.fatal === undefined)
      this.fatal = { sqlState, cause: CAUSES.find(([pattern]) => pattern.test(text))?.[1] ?? 'other' };
    else return;
    this.#woken?.();
  }

  #heard(text: string): void {
    if (text.startsWith('restored log file')) this.restored += 1;
    if (text.startsWith('recovery stopping')) this.reachedTarget = true;
    if (text.startsWith('database system is ready to accept connections')) this.ready = true;
    if (text.startsWith('WAL file is from different database system')) this.foreign = true;
  }
}

export type Cause = 'no-log' | 'target-not-reached' | 'target-too-early' | 'timeline' | 'settings' | 'control' | 'other';
export interface Complaint {
  readonly sqlState: string;
  readonly cause: Cause;
}

const RECORD = new RegExp(`^${LOG_PREFIX} ([0-9A-Z]{5}) \\d+ +([A-Z]+): {1,2}(.*)$`, 's');
/** A client that came too early, which was ourselves. */
const STARTING = '57P03';

const CAUSES: readonly (readonly [RegExp, Cause])[] = [
  [/could not locate (?:required|a valid) checkpoint record|could not find redo location|WAL ends before/, 'no-log'],
  [/recovery ended before configured recovery target was reached/, 'target-not-reached'],
  [/requested recovery stop point is before/, 'target-too-early'],
  [/requested timeline|recovery target timeline/, 'timeline'],
  [/insufficient parameter settings|maximum number of prepared transactions/, 'settings'],
  [/control file|database files are incompatible|pg_control/, 'control'],
];
