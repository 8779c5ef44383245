import type { Finding } from '../../finding/finding.ts';
import type { ByteSource } from '../../system/range.ts';
import { contentWhole, scriptWhole } from '../dump-files/whole-content.ts';
import { wrappingWhole } from '../dump-files/whole-wrapping.ts';
import { both, findingsOfWhole } from '../dump-files/whole.ts';
import type { LdifHandle } from './handle.ts';

/** What an export says of its own wholeness. It has no last line of its own, but every entry ends with an empty one. */
export function wholeFindings({ compression }: LdifHandle, source: ByteSource, stop: AbortSignal): Promise<readonly Finding[]> {
  return findingsOfWhole(source.size, async () => {
    if (compression === 'none') return scriptWhole(source, endsAsEntry);
    const wrapping = await wrappingWhole(compression, source);
    return wrapping.says === 'bad' ? wrapping : both(wrapping, await contentWhole(source, { compression, trailer: endsAsEntry }, stop));
  });
}

/** With an empty line, or with comments as ldapsearch writes them. */
export function endsAsEntry(tail: Buffer): boolean {
  return /\n\r?\n(?:#[^\n]*\r?\n|\r?\n)*$/.test(tail.toString('latin1'));
}
