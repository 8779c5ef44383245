import { StringDecoder } from 'node:string_decoder';

/** Longest line that is kept whole: the rest of a longer one is dropped, so that a broken program cannot fill our memory. */
const LONGEST = 8 * 1024 * 1024;

/** Cuts a stream of bytes into lines of UTF-8 text. `end` hands over a last line that no newline closed. */
export function lines(onLine: (line: string) => void): { readonly chunk: (bytes: Buffer) => void; readonly end: () => void } {
  const decoder = new StringDecoder('utf8');
  let open = '';
  const take = (text: string): void => {
    const parts = text.split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      onLine(open + part);
      open = '';
    }
    if (open.length < LONGEST) open += last;
  };
  return {
    chunk: bytes => take(decoder.write(bytes)),
    end: () => {
      take(decoder.end());
      if (open !== '') onLine(open);
      open = '';
    },
  };
}
