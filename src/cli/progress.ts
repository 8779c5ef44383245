import { RunningDrill, type DrillProgress, type ProgressStream } from './progress-block.ts';
import { linesProgress } from './progress-lines.ts';
import { blockText } from './progress-text.ts';
import { printable, terminalOf, type Environment } from './terminal.ts';

export type { DrillProgress, ProgressStream } from './progress-block.ts';

export interface ProgressTerms {
  readonly stream: ProgressStream;
  readonly rtoMs: number;
  /** Default: what the stream says of itself. */
  readonly isTTY?: boolean;
  /** Milliseconds since the epoch; default the wall clock. Only shown, never measured with. */
  readonly now?: () => number;
  readonly env?: Environment;
}

/** Redrawn so often while nothing is heard: the elapsed time must be seen to go on. */
const TICK_MS = 250;
/** Not more often than this, however many bytes are reported. */
const LEAST_MS = 80;

/** Lines of a block must not wrap. */
const NARROWEST = 40;

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** To the start of the line, and everything from here on deleted. */
const CLEAR = '\r\u001B[J';

/** One block that is redrawn in place on a terminal, a line now and then elsewhere. */
export function createProgress(terms: ProgressTerms): DrillProgress {
  const { stream, env = process.env, now = Date.now } = terms;
  const isTTY = (terms.isTTY ?? stream.isTTY === true) && env['TERM'] !== 'dumb';
  return isTTY && (stream.columns ?? 80) >= NARROWEST ? blockProgress({ ...terms, env, now }) : linesProgress({ stream, now });
}

function blockProgress({ stream, rtoMs, env, now }: ProgressTerms & { env: Environment; now: () => number }): DrillProgress {
  const view = new RunningDrill(now(), rtoMs);
  let drawn = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let open = true;
  const home = (): string => (drawn > 0 ? `\u001B[${drawn}A` : '') + CLEAR;
  // One write per frame: a terminal never shows the block half drawn.
  const draw = (above = ''): void => {
    if (!open) return;
    const terminal = terminalOf({ isTTY: true, columns: stream.columns ?? 80 }, env);
    const lines = blockText(view, { terminal, rows: stream.rows ?? 24, now: now() });
    stream.write(`${home()}${above}${lines.map(line => `${line}\n`).join('')}`);
    drawn = lines.length;
    drawnAt = now();
  };
  const restoreCursor = (): void => {
    if (open) stream.write(SHOW_CURSOR);
  };
  const timer = setInterval(draw, TICK_MS);
  timer.unref();
  process.once('exit', restoreCursor);
  stream.write(HIDE_CURSOR);
  return {
    phaseStarted(component, phase) {
      view.begin(component, phase, now());
      draw();
    },
    phaseEnded(component, phase, ms) {
      view.end(component, phase, ms);
      draw();
    },
    progress(progress) {
      view.heard(progress, now());
      if (now() - drawnAt >= LEAST_MS) draw();
    },
    note: text => draw(`${printable(text)}\n`),
    done() {
      if (!open) return;
      clearInterval(timer);
      process.removeListener('exit', restoreCursor);
      // What is taken away leaves room for the summary, which says all of it and more.
      stream.write(`${home()}${SHOW_CURSOR}`);
      open = false;
    },
  };
}
