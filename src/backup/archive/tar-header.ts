import { BLOCK, padding } from './member.ts';

export interface HeaderFacts {
  readonly path: string;
  readonly type: '0' | '1' | '2' | '5';
  readonly target?: string;
  readonly mode: number;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** A header as tar reads it, for members of other formats. Names and sizes that do not fit stand before it. */
export function tarHeader(facts: HeaderFacts): Buffer {
  const { path, target = '', bytes } = facts;
  const records = [
    ...(path.length > 99 ? [['path', path]] : []),
    ...(target.length > 99 ? [['linkpath', target]] : []),
    ...(bytes > 0o77777777777 ? [['size', String(bytes)]] : []),
  ];
  if (records.length === 0) return block(facts);
  const text = Buffer.from(records.map(([key = '', value = '']) => record(key, value)).join(''), 'latin1');
  const before = block({ path: 'facts', type: '0', mode: 0o644, bytes: text.length, modified: 0 }, 'x');
  return Buffer.concat([before, text, padding(text.length), block(facts)]);
}

/** Its length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function block({ path, target = '', mode, bytes, modified, type }: HeaderFacts, as: string = type): Buffer {
  const made = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void =>
    void made.write(Math.max(0, Math.floor(value)).toString(8).padStart(digits, '0').slice(-digits), at, 'latin1');
  made.write(path.slice(0, 99), 0, 'latin1');
  octal(mode & 0o7777, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(bytes, 124, 11);
  octal(modified, 136, 11);
  made.write(' '.repeat(8), 148, 'latin1');
  made.write(as, 156, 'latin1');
  made.write(target.slice(0, 99), 157, 'latin1');
  made.write('ustar\0' + '00', 257, 'latin1');
  let sum = 0;
  for (const byte of made) sum += byte;
  made.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return made;
}
