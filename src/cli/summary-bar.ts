import type { BarView, SegmentKind } from '../report/view.ts';
import { paint, type Style, type Terminal } from './terminal.ts';

type Cell = SegmentKind | 'headroom' | 'beyond' | 'mark';

const SIGNS: Readonly<Record<Cell, readonly [unicode: string, ascii: string]>> = {
  measured: ['█', '#'],
  estimated: ['▓', '+'],
  declared: ['▒', ':'],
  headroom: ['·', '.'],
  beyond: [' ', ' '],
  mark: ['┃', '|'],
};

export type Tone = 'good' | 'missed' | 'unknown';
const TONE: Readonly<Record<Tone, readonly Style[]>> = { good: ['green'], missed: ['yellow'], unknown: [] };

/** A bar made of characters; every kind of stretch has a character of its own, colour only repeats it. */
export function barText(bar: BarView, drawn: { terminal: Terminal; width: number; tone: Tone }): string {
  const { terminal, width, tone } = drawn;
  const cells = cellsOf(bar, width);
  const mark = cells.indexOf('mark');
  let text = '';
  for (let from = 0, to = 0; from < cells.length; from = to) {
    while (to < cells.length && cells[to] === cells[from]) to += 1;
    const kind = cells[from] ?? 'beyond';
    const late = from > mark && kind !== 'beyond';
    text += paint(terminal, late ? ['red'] : styleOf(kind, tone), signOf(kind, terminal).repeat(to - from));
  }
  return text.trimEnd();
}

/** The character that stands for a kind of stretch. */
export function signOf(kind: Cell, terminal: Terminal): string {
  return SIGNS[kind][terminal.unicode ? 0 : 1];
}

function styleOf(kind: Cell, tone: Tone): readonly Style[] {
  if (kind === 'measured') return TONE[tone];
  if (kind === 'mark') return ['bold'];
  return kind === 'headroom' || kind === 'declared' || kind === 'estimated' ? ['dim'] : [];
}

function cellsOf(bar: BarView, width: number): Cell[] {
  const at = (percent: string): number => Math.round((Number.parseFloat(percent) / 100) * width);
  const mark = Math.min(width - 1, at(bar.mark.x));
  const cells: Cell[] = Array.from({ length: width }, (_, cell) => (cell < mark && bar.headroom !== null ? 'headroom' : 'beyond'));
  let from = 0;
  for (const segment of bar.segments) {
    const start = Math.max(from, at(segment.x));
    // The smallest stretch is still one character, and never hides the one before it.
    const to = Math.min(width, Math.max(start + 1, at(segment.x) + at(segment.width)));
    cells.fill(segment.kind, start, to);
    from = to;
  }
  cells[mark] = 'mark';
  return cells;
}
