import { lines } from '../../system/lines.ts';
import type { ToolResult } from '../../system/process.ts';
import type { ReportProgress } from '../backup.ts';
import { lineIn, type SaidDone } from './contract.ts';

/** A backup that the tool itself calls bad ends with this code; every other one but 0 means that it could not tell. */
export const BAD_BACKUP = 10;

/** The place of the backups could not be looked at. */
export const NOT_REACHED = 3;

/** What a running command said so far. */
export interface Heard {
  readonly chunk: (bytes: Buffer) => void;
  /** The last line of the contract that says `done`, after the end. */
  done(): SaidDone | undefined;
}

/** Listens to the lines of `fetch` or `restore`: progress goes on, the end is kept, everything else is noise. */
export function listen(phase: string, progress: ReportProgress): Heard {
  let done: SaidDone | undefined;
  const cut = lines(line => {
    const said = lineIn(line);
    if (said === undefined) return;
    if ('done' in said) done = said;
    else progress({ phase, doneBytes: said.doneBytes, totalBytes: said.totalBytes });
  });
  return {
    chunk: cut.chunk,
    done: () => {
      cut.end();
      return done;
    },
  };
}

/** How it ended, for a message: neither arguments nor output. */
export function endOf(result: Pick<ToolResult, 'exitCode' | 'signal' | 'timedOut'>): string {
  if (result.timedOut) return 'reached its time limit';
  if (result.exitCode !== undefined) return `ended with exit code ${result.exitCode}`;
  return result.signal === undefined ? 'could not be started' : `was ended by ${result.signal}`;
}
