/** Letters, digits, `_`, `$` and every byte of a longer character. */
export function isWordByte(byte: number): boolean {
  return isWordStart(byte) || (byte >= 48 && byte <= 57) || byte === 36;
}

export function isWordStart(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte === 95 || byte >= 128;
}

export function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`: its body may be statements between `BEGIN ATOMIC` and `END`. `words` in capitals. */
export function isRoutine(words: readonly string[]): boolean {
  const [first, second = '', third, fourth = ''] = words;
  if (first !== 'CREATE') return false;
  const kind = second === 'OR' && third === 'REPLACE' ? fourth : second;
  return kind === 'FUNCTION' || kind === 'PROCEDURE';
}

/** How a word changes the depth of blocks in the body of a routine; as psql counts it. */
export function blockStep(word: string, depth: number): number {
  if (word === 'BEGIN') return 1;
  if (word === 'CASE') return depth > 0 ? 1 : 0;
  return word === 'END' && depth > 0 ? -1 : 0;
}
