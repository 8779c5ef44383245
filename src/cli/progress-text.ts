import type { PhaseName } from '../measurement/measurement.ts';
import { sayTime } from '../measurement/wording.ts';
import { shortTime } from '../report/phases.ts';
import { bytesText, phaseWord } from '../report/words.ts';
import { rateOf, type RunningDrill, type PhaseLine } from './progress-block.ts';
import { clip, padTo, paint, printable, type Style, type Terminal } from './terminal.ts';

interface Place {
  readonly terminal: Terminal;
  readonly rows: number;
  readonly now: number;
}

interface Row {
  readonly mark: string;
  readonly style: Style | null;
  readonly text: string;
}

/** The way of every drill; what has not begun is shown as still to come. */
const WAY: readonly PhaseName[] = ['select', 'provision', 'fetch', 'restore', 'start', 'probes', 'destroy'];
const SPIN = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SPIN_ASCII = ['|', '/', '-', '\\'];
const WORD_WIDTH = 27;

/** The lines of the block: phases, then the time against its objective. Never wider or higher than the terminal: it is redrawn in place. */
export function blockText(view: RunningDrill, place: Place): string[] {
  const { terminal, rows, now } = place;
  const phases = [...view.phases.map(line => phaseRow(line, place)), ...toCome(view, terminal)];
  const room = Math.max(1, rows - 4);
  const hidden = Math.max(0, phases.length - room);
  const from = Math.min(hidden, Math.max(0, view.phases.length - room + 1));
  const lines = phases.slice(from, from + room).map(row => rowText(row, terminal));
  return [...lines, '', clockText(now - view.startedAt, view.rtoMs, terminal)];
}

function rowText({ mark, style, text }: Row, terminal: Terminal): string {
  const plain = clip(printable(text), terminal.columns - 5);
  const dim = style === null;
  return `  ${dim ? paint(terminal, ['dim'], mark) : paint(terminal, [style], mark)} ${dim ? paint(terminal, ['dim'], plain) : plain}`;
}

function phaseRow(line: PhaseLine, { terminal, now }: Place): Row {
  const component = line.component === null ? '' : ` (${line.component})`;
  const name = padTo(`${phaseWord[line.phase]}${component}`, WORD_WIDTH);
  if (line.tookMs !== undefined) {
    return { mark: terminal.unicode ? '●' : '*', style: 'green', text: `${name}  ${shortTime(line.tookMs)}` };
  }
  const frames = terminal.unicode ? SPIN : SPIN_ASCII;
  const frame = frames[Math.floor(now / 120) % frames.length] ?? '*';
  return { mark: frame, style: 'cyan', text: `${name}  ${bytesOf(line) ?? runningFor(now - line.beganAt)}` };
}

function toCome(view: RunningDrill, terminal: Terminal): Row[] {
  const last = Math.max(-1, ...view.phases.map(line => WAY.indexOf(line.phase === 'workflows' ? 'start' : line.phase)));
  return WAY.slice(last + 1).map(phase => ({ mark: terminal.unicode ? '○' : '.', style: null, text: phaseWord[phase] }));
}

/** Done of all and how fast, if the phase counts bytes; else what it says of itself. */
export function bytesOf(line: PhaseLine): string | undefined {
  const { progress } = line;
  if (progress === undefined) return undefined;
  const { doneBytes, totalBytes, note } = progress;
  if (doneBytes === 0 && totalBytes === null) return note;
  const rate = rateOf(line);
  const of = totalBytes === null ? '' : ` of ${bytesText(totalBytes)}`;
  const share = totalBytes === null || totalBytes === 0 ? '' : `, ${Math.floor((Math.min(doneBytes, totalBytes) / totalBytes) * 100)} %`;
  return `${bytesText(doneBytes)}${of}${share}${rate === undefined || rate <= 0 ? '' : `, ${bytesText(Math.round(rate))}/s`}`;
}

/** Below a second nothing is worth a number. */
function runningFor(ms: number): string {
  return ms < 1000 ? '…' : sayTime(Math.floor(ms / 1000) * 1000);
}

/** The time that has passed, against the objective. In seconds that are over: it is a clock, not a measurement. */
function clockText(elapsedMs: number, rtoMs: number, terminal: Terminal): string {
  const passed = runningFor(elapsedMs);
  const words = `${passed === '…' ? '0 s' : passed} of ${sayTime(rtoMs)}`;
  const width = Math.max(8, Math.min(40, terminal.columns - words.length - 22));
  const filled = Math.min(width, Math.floor((elapsedMs / rtoMs) * width));
  const over = elapsedMs > rtoMs;
  const [full, empty] = terminal.unicode ? ['█', '░'] : ['#', '.'];
  const style: Style = over ? 'red' : filled > width * 0.8 ? 'yellow' : 'green';
  const bar = `${paint(terminal, [style], full.repeat(filled))}${paint(terminal, ['dim'], empty.repeat(width - filled))}`;
  return clipped(`  ${bar} ${words}`, over, terminal);
}

function clipped(line: string, over: boolean, terminal: Terminal): string {
  return over ? `${line} ${paint(terminal, ['bold', 'red'], 'late')}` : line;
}
