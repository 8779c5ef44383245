import type { FindingCode } from '../../finding/finding.ts';
import type { ToolResult } from '../../system/process.ts';

/** What the tools say of bytes that they cannot read: their own constant words, never a text of the backup. Asked in this order. */
const TRUNCATED =
  /could not read from input file|end of file|[Uu]nexpected end|incomplete tar header|input file is too short|premature|Unfinished stream|Read error|truncated|could not find header for file/;
const NEWER = /unsupported version \(|does not support compression|compression (?:is )?not supported/;
const DAMAGED =
  /could not (?:un|de)compress|could not close compression|corrupt|invalid|unexpected (?:block|data|section)|could not find block|unrecognized|not appear to be a valid archive|could not open (?:input )?file|could not open (?:TOC|large object)|could not find (?:entry|slot)|entry ID|crc error|not in (?:gzip|xz) format|error (?:in|loading)|Compressed data|Checksum|Header|[Dd]ecoding error|too large|bad/;

/** Lines in which pg_restore speaks of the archive; an error of the server is reported by the server itself. */
function ownWords(stderr: string): readonly string[] {
  const lines = stderr.split('\n');
  return lines.filter(
    line => /^pg_restore: (?:error|fatal|detail|\[)/.test(line) && !/could not execute query|COPY failed|PQputCopy/.test(line),
  );
}

/** What pg_restore could not read, by the archive's own fault or because the tool is too old. Undefined: it read everything. */
export function archiveTrouble(result: ToolResult): FindingCode | undefined {
  if (result.exitCode === 0) return undefined;
  const words = ownWords(result.stderr).join('\n');
  if (NEWER.test(words)) return 'restore.newer-format';
  if (TRUNCATED.test(words)) return 'restore.truncated';
  return DAMAGED.test(words) ? 'restore.corrupt' : undefined;
}

/** Errors that pg_restore counted itself: the server's log must account for as many. */
export function ignoredErrors(result: ToolResult): number {
  return Number(/^pg_restore: warning: errors ignored on restore: (\d+)$/m.exec(result.stderr)?.[1] ?? 0);
}

/** Which pg_restore first read an archive version. */
const READS: Readonly<Record<string, number>> = { '1.14': 12, '1.15': 16, '1.16': 17 };

export function neededMajor(archiveVersion: string | null, dumpMajor: number | undefined): number | null {
  return READS[archiveVersion ?? ''] ?? dumpMajor ?? null;
}

/** `\restrict` came with the minor releases of August 2025. */
const RESTRICTS: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };

/** Whether this psql can be told to take no further command to itself. */
export function canRestrict(version: string): boolean {
  const [, major = '0', minor = '0'] = /^(\d+)\.?(\d*)/.exec(version) ?? [];
  return Number(major) >= 18 || Number(minor) >= (RESTRICTS[Number(major)] ?? Infinity);
}
