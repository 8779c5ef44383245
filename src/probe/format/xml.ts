import { must } from './text.ts';

const NAME = /^[A-Za-z_:\u0080-\uFFFF][-A-Za-z0-9._:\u0080-\uFFFF]*/;
const ATTRIBUTES = /^(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*$/;
/** Parts that are left out as a whole: where they begin and where they end. */
const ASIDE: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/** Well-formed: every element is closed in its turn, and there is exactly one at the top. Declares nothing, expands nothing, fetches nothing. */
export function xml(bytes: Buffer): void {
  const text = decoded(bytes);
  const open: string[] = [];
  let roots = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const aside = ASIDE.find(([begin]) => text.startsWith(begin, at));
    const end = aside === undefined ? endOfTag(text, at) : text.indexOf(aside[1], at) + aside[1].length;
    must(end > at, 'an end');
    if (aside === undefined && !text.startsWith('<!', at) && tag(text.slice(at + 1, end - 1), open)) roots += 1;
    at = end;
  }
  must(open.length === 0 && roots === 1, 'one root, closed');
}

/** True if it opened (or was) an element at the top. */
function tag(inside: string, open: string[]): boolean {
  if (inside.startsWith('/')) {
    must(open.pop() === inside.slice(1).trimEnd(), 'the closing of what was opened last');
    return false;
  }
  const name = NAME.exec(inside)?.[0];
  must(name !== undefined, 'a name');
  const empty = inside.endsWith('/');
  must(ATTRIBUTES.test(inside.slice(name.length, empty ? -1 : undefined)), 'attributes');
  if (!empty) open.push(name);
  return open.length === (empty ? 0 : 1);
}

/** Behind the `>` that closes it, which none in quotes does; a document type may hold a part in brackets. */
function endOfTag(text: string, from: number): number {
  let quote = '';
  let depth = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '[') depth += 1;
    else if (letter === ']') depth -= 1;
    else if (letter === '>' && depth <= 0) return at + 1;
  }
  return -1;
}

function decoded(bytes: Buffer): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (wide !== undefined) return new TextDecoder(wide, { fatal: true }).decode(bytes);
  const named = /^<\?xml[^>]*encoding=["']([A-Za-z0-9_-]+)["']/.exec(bytes.subarray(0, 200).toString('latin1'))?.[1] ?? 'utf-8';
  return new TextDecoder(named, { fatal: true }).decode(bytes);
}
