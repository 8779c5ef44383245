import { finding, type Finding, type FindingCode, type FindingFacts, type Outcome } from '../../finding/finding.ts';
import type { ByteSource } from '../../system/range.ts';
import { BadStateBackup, STATE_FORMAT, type StateFault } from '../state-backup.ts';
import { readStateBackup } from '../state-reading.ts';
import { isPacked, LONGEST_LINE, textOf } from './unpack.ts';

/** What each fault of the bytes says of the backup. What only a later release can read says nothing. */
const MEANING: Readonly<Record<StateFault, { readonly code: FindingCode; readonly outcome: Outcome; readonly facts?: FindingFacts }>> = {
  cut: { code: 'backup.truncated', outcome: 'failed' },
  altered: { code: 'backup.digest-mismatch', outcome: 'failed' },
  damaged: { code: 'backup.damaged', outcome: 'failed' },
  foreign: { code: 'backup.not-a-dump', outcome: 'failed' },
  newer: { code: 'backup.newer-format', outcome: 'inconclusive', facts: { expected: STATE_FORMAT, observed: 'a later one' } },
  'too-long': { code: 'backup.unsupported', outcome: 'inconclusive', facts: { object: `lines above ${LONGEST_LINE >> 20} MiB` } },
};

export function findingOfFault({ fault }: BadStateBackup, facts: FindingFacts = {}): Finding {
  const { code, outcome, facts: more = {} } = MEANING[fault];
  return finding(code, outcome, { probe: 'backup', ...more, ...facts });
}

/** Reads everything and compares every count and digest. Bad bytes are an answer. */
export async function checkWhole(source: ByteSource, stop: AbortSignal): Promise<readonly Finding[]> {
  if (source.size === 0) return [finding('backup.empty', 'failed', { probe: 'backup' })];
  try {
    if (!(await isPacked(source))) throw new BadStateBackup('foreign', 'it is no gzip file');
    await readStateBackup(textOf(source, stop), () => Promise.resolve(), LONGEST_LINE);
    return [finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: source.size })];
  } catch (error) {
    if (error instanceof BadStateBackup) return [findingOfFault(error)];
    throw error;
  }
}
