import { LdifReader, plainName, textOfValue } from '../../system/ldif.ts';
import { firstText, type NoBackup } from '../dump-files/sniff-text.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';

/** An export of a directory, or of its settings, by its first bytes. */
export interface SniffedLdif {
  readonly kind: 'data' | 'config';
  readonly compression: OuterCompression;
  /** Name of the first entry, which in an export of all is the topmost one. */
  readonly suffix: string;
}

/** Looks at the beginning of a file: LDIF begins with the name of an entry, whatever comments come before it. */
export async function sniff(size: number, read: (length: number) => Promise<Buffer>): Promise<SniffedLdif | NoBackup> {
  const first = await firstText(size, read);
  if (first.kind !== 'text') return first;
  const suffix = firstName(first.text);
  if (suffix === undefined) return { kind: 'other' };
  return { kind: plainName(suffix).endsWith('cn=config') ? 'config' : 'data', compression: first.compression, suffix };
}

function firstName(text: string): string | undefined {
  const names: (string | undefined)[] = [];
  const reader = new LdifReader(piece => {
    if (names.length > 0 || piece.kind === 'comment' || piece.kind === 'end') return;
    if (piece.kind === 'attribute' && piece.name === 'version') return;
    names.push(piece.kind === 'attribute' && piece.name === 'dn' && piece.form !== 'url' ? textOfValue(piece).trim() : undefined);
  });
  reader.push(Buffer.from(text));
  reader.finish();
  const [name] = names;
  return name !== undefined && /^[^=]+=./.test(name) ? name : undefined;
}
