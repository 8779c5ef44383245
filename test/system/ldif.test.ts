import { expect, test } from 'vitest';
import { LdifReader, plainName, textOfValue, type LdifPiece } from '../../src/system/ldif.ts';

/** What a reader says of a text that comes in pieces of so many bytes, and whether it ended well. */
function read(text: string, bytes = 1_000): { readonly said: readonly string[]; readonly whole: boolean } {
  const said: string[] = [];
  const reader = new LdifReader(piece => said.push(short(piece)));
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) reader.push(all.subarray(at, at + bytes));
  return { whole: reader.finish(), said };
}

function short(piece: LdifPiece): string {
  if (piece.kind !== 'attribute') return piece.kind;
  return `${piece.name}=${textOfValue(piece)}${piece.sound ? '' : ' (unsound)'}${piece.form === 'url' ? ' (url)' : ''}`;
}

const ENTRY = '# a comment\nversion: 1\n\ndn: cn=Jané,dc=lake\n side,dc=example\ncn:: SmFuw6k=\nphoto:< file:///etc/passwd\nsn:\n\n';

test('folded lines, comments, base64 and values from elsewhere are told apart, however the text is cut', () => {
  const said = ['comment', 'version=1', 'dn=cn=Jané,dc=lakeside,dc=example', 'cn=Jané', 'photo=file:///etc/passwd (url)', 'sn=', 'end'];

  for (const bytes of [1, 2, 7, 1_000]) expect(read(ENTRY, bytes)).toEqual({ said, whole: true });
  expect(read(ENTRY.replaceAll('\n', '\r\n'), 3)).toEqual({ said, whole: true });
});

test('what claims to be base64 and is not, and lines that are nothing, are said', () => {
  expect(read('dn: o=a\nx:: !!!\ny:: QUI\nno colon here\n\n').said).toEqual([
    'dn=o=a',
    ...['x= (unsound)', `y=${Buffer.from('QUI', 'base64').toString()} (unsound)`, 'other', 'end'],
  ]);
});

test.each(['dn: o=a\ncn: b', 'dn: o=a\ncn: b\n', 'dn: o=a\n'])('a text that ends within an entry is not whole: %j', text => {
  expect(read(text).whole).toBe(false);
});

test('names are compared without their case and spaces', () => {
  expect(plainName(' DC=Lakeside , dc = Example')).toBe('dc=lakeside,dc=example');
});
