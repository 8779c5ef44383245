/** UTF-8, or it throws: what was cut in the middle of a letter, and what is no text at all. */
export function textOf(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
}

/** Throws unless something is as the format says. Its text is never told: it only ends the parsing of one file. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Lines that hold something. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).filter(line => line.trim() !== '');
}
