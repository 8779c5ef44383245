const [NEWLINE, RETURN, DOT, BACKSLASH] = [10, 13, 46, 92];
const TERMINATOR = Buffer.from('\n\\.');

/** Where a reader of COPY rows stands. */
export interface RowsPlace {
  readonly at: number;
  /** `at` is the beginning of a line. */
  readonly lineStart: boolean;
  /** Nothing comes after this buffer. */
  readonly final: boolean;
}

export interface RowsRead {
  /** Bytes up to here belong to the rows. */
  readonly to: number;
  /** Line breaks in them: COPY's text format escapes those of the data. */
  readonly rows: number;
  /** The line `\.` was read, too. */
  readonly ended: boolean;
  readonly lineStart: boolean;
}

/** Reads rows up to the line that ends them, or as far as can be told; `to === at` asks for more bytes. */
export function readRows(buffer: Buffer, place: RowsPlace): RowsRead {
  const end = place.lineStart ? terminatorAt(buffer, place) : 0;
  if (end === undefined) return { to: place.at, rows: 0, ended: false, lineStart: true };
  if (end > 0) return { to: end, rows: 0, ended: true, lineStart: true };
  const to = upTo(buffer, place);
  const lineStart = to === place.at ? place.lineStart : buffer[to - 1] === NEWLINE;
  return { to, rows: lineBreaks(buffer, { from: place.at, to }), ended: false, lineStart };
}

/** End of the terminating line that begins at `at`; 0 if none does; undefined if it cannot be told yet. */
function terminatorAt(buffer: Buffer, { at, final }: RowsPlace): number | undefined {
  if (buffer[at] !== BACKSLASH) return 0;
  if (at + 1 === buffer.length) return final ? 0 : undefined;
  return buffer[at + 1] === DOT ? lineEnd(buffer, { at: at + 2, final }) : 0;
}

function lineEnd(buffer: Buffer, { at, final }: { readonly at: number; readonly final: boolean }): number | undefined {
  const [byte, next] = [buffer[at], buffer[at + 1]];
  if (byte === undefined) return final ? at : undefined;
  if (byte === NEWLINE) return at + 1;
  if (byte !== RETURN) return 0;
  if (next === undefined) return final ? at + 1 : undefined;
  return next === NEWLINE ? at + 2 : 0;
}

/** To the beginning of what is, or may become, the last line. */
function upTo(buffer: Buffer, { at, final }: RowsPlace): number {
  for (let found = buffer.indexOf(TERMINATOR, at); found !== -1; found = buffer.indexOf(TERMINATOR, found + 1))
    if (lineEnd(buffer, { at: found + 3, final }) !== 0) return found + 1;
  return final ? buffer.length : Math.max(at, buffer.length - 2);
}

function lineBreaks(buffer: Buffer, { from, to }: { readonly from: number; readonly to: number }): number {
  let count = 0;
  for (let found = buffer.indexOf(NEWLINE, from); found !== -1 && found < to; found = buffer.indexOf(NEWLINE, found + 1)) count += 1;
  return count;
}
