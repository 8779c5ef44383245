import type { ByteSource } from '../../system/range.ts';
import type { DumpFormat, OuterCompression, PgDumpHandle } from './handle.ts';
import { contentWhole, plainWhole, type ContentLimits } from './whole-content.ts';
import { customWhole } from './whole-custom.ts';
import { tarWhole } from './whole-tar.ts';
import { lz4Whole, xzWhole, zstdWhole } from './whole-wrapping.ts';
import { both, UNTOLD, WHOLE, type Whole } from './whole.ts';

type Check = (source: ByteSource) => Promise<Whole>;

const CONTENT: Readonly<Record<DumpFormat, Check>> = {
  custom: customWhole,
  tar: tarWhole,
  plain: plainWhole,
  // No file of its own: `directoryWhole` looks at its files.
  directory: () => Promise.resolve(UNTOLD),
};
/** Of gzip only its content can tell. */
const WRAPPINGS: Readonly<Record<Exclude<OuterCompression, 'none'>, Check>> = {
  gzip: () => Promise.resolve(WHOLE),
  zstd: zstdWhole,
  lz4: lz4Whole,
  xz: xzWhole,
};

/** A dump that is one file: what is wrapped around it, then what is in it. */
export async function fileWhole(
  source: ByteSource,
  { compression, format, limits }: Pick<PgDumpHandle, 'compression' | 'format'> & { readonly limits?: ContentLimits },
  stop: AbortSignal,
): Promise<Whole> {
  if (compression === 'none') return await CONTENT[format](source);
  const opening = { compression, format, ...(limits === undefined ? {} : { limits }) };
  const wrapping = await WRAPPINGS[compression](source);
  return both(wrapping, wrapping.says === 'bad' ? WHOLE : await contentWhole(source, opening, stop));
}
