import { finding, type Finding, type FindingCode } from '../finding/finding.ts';
import { positionText, type SegmentPlace } from './wal-name.ts';
import { readRecords } from './wal-records.ts';
import { readSegmentHeader } from './wal-segment.ts';

/** What can be wrong with an archived segment. */
export type Fault = 'damaged' | 'foreign' | 'gone' | undefined;

export interface Expected {
  readonly place: SegmentPlace;
  readonly segmentBytes: number;
  readonly systemId: string | null;
}

/** The header must be of this place in the log, and of the cluster that the backup is of. */
export function faultOfHeader(bytes: Buffer, { place, segmentBytes, systemId }: Expected): Fault {
  const header = readSegmentHeader(bytes);
  if (header === undefined) return 'damaged';
  if (systemId !== null && header.systemId !== systemId) return 'foreign';
  const right = header.segmentBytes === segmentBytes && header.position === BigInt(place.number) * BigInt(segmentBytes);
  // The first segment of a timeline begins with what was copied from the one before.
  return right && header.timeline <= place.timeline ? undefined : 'damaged';
}

/** The finding of each. */
const CODES: Readonly<Record<Exclude<Fault, undefined>, FindingCode>> = {
  damaged: 'backup.wal-damaged',
  foreign: 'backup.wal-foreign',
  gone: 'backup.wal-gap',
};

/** The finding of a fault that puts so many segments out of reach. */
export function findingOfFault(fault: Exclude<Fault, undefined>, beyond: number): Finding {
  return finding(CODES[fault], 'failed', { probe: 'backup', unit: 'segments', expected: 0, observed: beyond });
}

/** Where the newest segment ends, and whether it is sound to its end. */
export function endOfLog(last: Buffer | undefined): { readonly until: string | null; readonly findings: readonly Finding[] } {
  if (last === undefined) return { until: null, findings: [] };
  const content = readRecords(last);
  if (content?.state === 'broken' || content === undefined) return { until: null, findings: [findingOfFault('damaged', 1)] };
  return { until: positionText(content.end), findings: [] };
}
