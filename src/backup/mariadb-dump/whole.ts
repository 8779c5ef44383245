import type { Finding } from '../../finding/finding.ts';
import type { ByteSource } from '../../system/range.ts';
import { contentWhole, scriptWhole, type ContentLimits } from '../dump-files/whole-content.ts';
import { wrappingWhole } from '../dump-files/whole-wrapping.ts';
import { both, findingsOfWhole, UNTOLD, type Whole } from '../dump-files/whole.ts';
import type { MariaDumpHandle } from './handle.ts';

/** The last line of every dump with comments. */
export const TRAILER = '-- Dump completed';

/** What a dump says of its own wholeness: what is wrapped around it, and its last line. */
export function wholeFindings(
  handle: MariaDumpHandle,
  of: { readonly source: ByteSource; readonly limits?: ContentLimits },
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  return findingsOfWhole(of.source.size, () => wholeOf(handle, of, stop));
}

async function wholeOf(
  { compression, commented }: MariaDumpHandle,
  { source, limits }: { readonly source: ByteSource; readonly limits?: ContentLimits },
  stop: AbortSignal,
): Promise<Whole> {
  // Without comments there is no last line that could be missing.
  if (compression === 'none') return commented ? scriptWhole(source, TRAILER) : UNTOLD;
  const wrapping = await wrappingWhole(compression, source);
  if (wrapping.says === 'bad') return wrapping;
  const opening = { compression, trailer: commented ? TRAILER : null, ...(limits === undefined ? {} : { limits }) };
  return both(wrapping, await contentWhole(source, opening, stop));
}
