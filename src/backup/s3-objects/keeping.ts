import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { finding, type Finding } from '../../finding/finding.ts';
import type { BackupSection } from '../../plan/plan.ts';
import type { S3Facts } from '../../system/s3-versions.ts';
import type { RecoveryPoint } from '../backup.ts';
import { translated } from '../dump-files/s3-store.ts';
import type { Bucket } from './bucket.ts';
import type { BucketState } from './state.ts';

/** So many objects are asked how they are kept: always the same ones, in the order of their hashed keys. */
const SAMPLE = 24;

export interface Kept extends Pick<RecoveryPoint, 'encrypted' | 'lockedUntil'> {
  readonly findings: readonly Finding[];
}

const UNASKED: Kept = { encrypted: false, lockedUntil: null, findings: [] };

/** How the objects are kept, by a sample of them: encrypted, locked, replicated. Asked only if the plan demands something of it. */
export async function keptAs(
  of: { readonly bucket: Bucket; readonly state: BucketState; readonly section: BackupSection },
  stop: AbortSignal,
): Promise<Kept> {
  const { bucket, state, section } = of;
  const { locked, offSite } = section.copies;
  if (locked === null && offSite === null && section.encrypted !== 'required') return UNASKED;
  const ranked = state.objects.map(object => ({ object, rank: createHash('sha256').update(object.key).digest('hex') }));
  const sample = ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, SAMPLE);
  const listening = AbortSignal.any([stop]);
  setMaxListeners(0, listening);
  const facts = await translated(() => Promise.all(sample.map(({ object }) => bucket.versions.facts(object, listening))));
  return {
    encrypted: facts.length > 0 && facts.every(({ encryption }) => encryption !== null),
    lockedUntil: locked === null ? null : lockOf(facts, state.at),
    findings: offSite === null ? [] : replicationOf(facts),
  };
}

/** The weakest of the sample counts: what is not locked at all was held until it was written, and no longer. */
function lockOf(facts: readonly S3Facts[], at: string): string {
  const held = facts.map(({ lockedUntil, legalHold }) => lockedUntil ?? (legalHold ? FOR_GOOD : at));
  return held.sort()[0] ?? at;
}

/** A legal hold has no end. */
const FOR_GOOD = '9999-12-31T00:00:00.000Z';

function replicationOf(facts: readonly S3Facts[]): readonly Finding[] {
  const failed = facts.filter(({ replication }) => replication === 'FAILED').length;
  if (failed === 0) return [];
  return [finding('backup.not-replicated', 'failed', { probe: 'backup', unit: 'objects', expected: facts.length, observed: failed })];
}
