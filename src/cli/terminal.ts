import { together } from '../report/words.ts';

/** What a stream can show. */
export interface Terminal {
  readonly colour: boolean;
  readonly columns: number;
  /** Block characters and signs; else plain ASCII. */
  readonly unicode: boolean;
}

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const NARROWEST = 40;
const UNKNOWN = 100;
/** Longer lines of running text are hard to read. */
const READABLE = 100;

/** Colour only where a person looks, and never against NO_COLOR (no-color.org). FORCE_COLOR asks for it elsewhere. */
export function terminalOf(stream: TerminalStream, env: Environment = process.env): Terminal {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || env['FORCE_COLOR'] === '0';
  const wanted = stream.isTTY === true || (env['FORCE_COLOR'] ?? '') !== '';
  const columns = stream.columns ?? (Number(env['COLUMNS']) || UNKNOWN);
  return {
    colour: wanted && !refused,
    columns: Math.max(NARROWEST, columns),
    unicode: env['TERM'] !== 'dumb' && /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
  };
}

const STYLE = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', blue: '34', magenta: '35', cyan: '36' } as const;
export type Style = keyof typeof STYLE;

/** The text in a style, if colours are shown. */
export function paint(terminal: Terminal, styles: readonly Style[], text: string): string {
  if (!terminal.colour || styles.length === 0) return text;
  return `\u001B[${styles.map(style => STYLE[style]).join(';')}m${text}\u001B[0m`;
}

/** Control characters (but for the line's end) and characters that turn the direction of writing: names in a backup may hold them. */
const UNSAFE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** The text without anything that a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, '\u{FFFD}');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{Mark}\u200B-\u200D\uFEFF]+$/u;
const ESCAPE = /\u001B\[[0-9;?]*[A-Za-z]/g;

/** Columns that the text takes; escape sequences take none, Chinese characters and emoji two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text.replaceAll(ESCAPE, ''))) width += columnsOf(segment);
  return width;
}

function columnsOf(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) || segment.includes('\u{FE0F}') ? 2 : 1;
}

/** At most so many columns; what does not fit ends in an ellipsis. Plain text only. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (width + columnsOf(segment) > columns - 1) break;
    kept += segment;
    width += columnsOf(segment);
  }
  return `${kept}…`;
}

/** Filled up with blanks on the right; longer text stays as it is. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Running text in lines that fit, each after the indent. What a terminal would obey is taken out; plain text only. */
export function block(text: string, terminal: Terminal, indent = ''): string[] {
  if (text === '') return [];
  const columns = Math.min(terminal.columns, READABLE) - widthOf(indent);
  return wrap(printable(text), columns).map(line => `${indent}${line}`);
}

/** The text in lines of at most so many columns; a word that is longer is cut, a number stays with its unit. Plain text only. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of together(text)
    .split(/[ \t\n]+/)
    .flatMap(one => chunks(one, columns))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map(one => one.replaceAll('\u00A0', ' '));
}

function chunks(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  const parts: string[] = [];
  let part = '';
  let width = 0;
  for (const { segment } of graphemes.segment(word)) {
    if (width + columnsOf(segment) > columns) {
      parts.push(part);
      part = '';
      width = 0;
    }
    part += segment;
    width += columnsOf(segment);
  }
  return [...parts, part];
}
