import { finding, type Finding } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';
import type { OuterCompression } from './wrapping.ts';

const PROBE = 'restore';

/** Programs that open what is wrapped around a dump: they read standard input and write standard output. */
export const OPENERS: Readonly<Record<Exclude<OuterCompression, 'none'>, readonly string[]>> = {
  gzip: ['gzip', '-dc'],
  zstd: ['zstd', '-dcq', '--long=31'],
  lz4: ['lz4', '-dcq'],
  xz: ['xz', '-dcq'],
};

/** What the tools say of bytes that they cannot read: their own constant words, never a text of the backup. Asked in this order. */
const TRUNCATED = /end of file|[Uu]nexpected end|input file is too short|premature|Unfinished stream|Read error|truncated/;
const DAMAGED =
  /could not (?:un|de)compress|corrupt|invalid|unrecognized|crc error|not in (?:gzip|xz) format|Compressed data|Checksum|Header|[Dd]ecoding error|too large|bad/;

/** How the opening of a wrapped dump ended. gzip's 2 is a warning: something stands behind the data, which are whole. */
export function openingTrouble(compression: Exclude<OuterCompression, 'none'>, result: ToolResult): Finding | undefined {
  if (result.exitCode === 0 || (compression === 'gzip' && result.exitCode === 2)) return undefined;
  if (result.exitCode === 127) return finding('restore.tool-missing', 'inconclusive', { probe: PROBE, object: compression });
  if (result.exitCode !== 1) return unknownExit(compression, result);
  if (TRUNCATED.test(result.stderr)) return finding('restore.truncated', 'failed', { probe: PROBE });
  if (DAMAGED.test(result.stderr)) return finding('restore.corrupt', 'failed', { probe: PROBE });
  return unknownExit(compression, result);
}

/** An exit that no table knows is not a success; nor does it say that the backup is bad. */
export function unknownExit(tool: string, result: ToolResult): Finding {
  const observed = result.exitCode === undefined ? (result.signal ?? 'no exit code') : `exit code ${result.exitCode}`;
  return finding('restore.unknown-exit', 'inconclusive', { probe: PROBE, object: tool, observed });
}
