import { finding, type Finding } from '../finding/finding.ts';
import type { ToolResult } from '../system/process.ts';

const PROBE = 'restore';

/** A compression around a backup. */
export type Wrapping = 'gzip' | 'zstd' | 'lz4' | 'xz' | 'bzip2';

/** Programs that open it: they read standard input and write standard output. */
export const OPENERS: Readonly<Record<Wrapping, readonly string[]>> = {
  gzip: ['gzip', '-dc'],
  zstd: ['zstd', '-dcq', '--long=31'],
  lz4: ['lz4', '-dcq'],
  xz: ['xz', '-dcq'],
  bzip2: ['bzip2', '-dc'],
};

/** What tools say of bytes that they cannot read: their own constant words, never a text of the backup. Asked in this order. */
export const TRUNCATED =
  /could not read from input file|end of file|[Uu]nexpected end|incomplete tar header|input file is too short|premature|ends unexpectedly|Unfinished stream|Read error|truncated|could not find header for file/;
export const DAMAGED =
  /could not (?:un|de)compress|could not close compression|corrupt|invalid|unexpected (?:block|data|section)|could not find block|unrecognized|not appear to be a valid archive|could not open (?:input )?file|could not open (?:TOC|large object)|could not find (?:entry|slot)|entry ID|crc error|not in (?:gzip|xz) format|error (?:in|loading)|Compressed data|Checksum|Header|[Dd]ecoding error|too large|bad/;

/** Their codes are many, or mean several things: what they say decides. */
const SAYS_BY_WORDS: readonly Wrapping[] = ['lz4', 'bzip2'];

/** How the opening of a wrapped dump ended. gzip's 2 is a warning: something stands behind the data, which are whole. */
export function openingTrouble(compression: Wrapping, result: ToolResult): Finding | undefined {
  if (result.exitCode === 0 || (compression === 'gzip' && result.exitCode === 2)) return undefined;
  if (result.exitCode === 127) return finding('restore.tool-missing', 'inconclusive', { probe: PROBE, object: compression });
  if (result.exitCode === undefined || (result.exitCode !== 1 && !SAYS_BY_WORDS.includes(compression)))
    return unknownExit(compression, result);
  if (TRUNCATED.test(result.stderr)) return finding('restore.truncated', 'failed', { probe: PROBE });
  if (DAMAGED.test(result.stderr)) return finding('restore.corrupt', 'failed', { probe: PROBE });
  return unknownExit(compression, result);
}

/** An exit that no table knows is not a success; nor does it say that the backup is bad. */
export function unknownExit(tool: string, result: ToolResult): Finding {
  const observed = result.exitCode === undefined ? (result.signal ?? 'no exit code') : `exit code ${result.exitCode}`;
  return finding('restore.unknown-exit', 'inconclusive', { probe: PROBE, object: tool, observed });
}
