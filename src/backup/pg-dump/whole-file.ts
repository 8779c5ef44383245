import type { ByteSource } from '../../system/range.ts';
import type { DumpFormat, PgDumpHandle } from './handle.ts';
import { contentWhole, scriptWhole, type ContentLimits } from '../dump-files/whole-content.ts';
import { customWhole } from './whole-custom.ts';
import { tarWhole } from './whole-tar.ts';
import { wrappingWhole } from '../dump-files/whole-wrapping.ts';
import { both, UNTOLD, WHOLE, type Whole } from '../dump-files/whole.ts';

/** The last line of a plain dump. */
export const TRAILER = '-- PostgreSQL database dump complete';

type Check = (source: ByteSource) => Promise<Whole>;

const CONTENT: Readonly<Record<DumpFormat, Check>> = {
  custom: customWhole,
  tar: tarWhole,
  plain: source => scriptWhole(source, TRAILER),
  // No file of its own: `directoryWhole` looks at its files.
  directory: () => Promise.resolve(UNTOLD),
};

/** A dump that is one file: what is wrapped around it, then what is in it. */
export async function fileWhole(
  source: ByteSource,
  { compression, format, limits }: Pick<PgDumpHandle, 'compression' | 'format'> & { readonly limits?: ContentLimits },
  stop: AbortSignal,
): Promise<Whole> {
  if (compression === 'none') return await CONTENT[format](source);
  const opening = { compression, trailer: format === 'plain' ? TRAILER : null, ...(limits === undefined ? {} : { limits }) };
  const wrapping = await wrappingWhole(compression, source);
  return both(wrapping, wrapping.says === 'bad' ? WHOLE : await contentWhole(source, opening, stop));
}
