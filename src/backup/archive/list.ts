import { finding, type Finding, type FindingCode } from '../../finding/finding.ts';
import { patternMatcher } from '../../plan/pattern.ts';
import type { Listing, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { throwIfUntold } from '../dump-files/strays.ts';
import { isSealed } from '../encrypted.ts';
import type { Wrapping } from '../opening.ts';
import { translated } from '../store-error.ts';
import { entriesIn, headOf, rootOf, throwIfStopped } from './entry.ts';
import { formatOf, type Format } from './name.ts';
import { readOptions } from './options.ts';
import { archivesOf, pointOf, type Archive, type Found } from './point.ts';

const HEAD_BYTES = 512;
const FORMATS: readonly string[] = ['tar', 'cpio', 'zip'] satisfies readonly Format[];

/** Every archive in the place that the plan names, and what is wrong with that place. Reads only the first bytes of each. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  const { from, pattern } = readOptions(access.section);
  return translated(from, async () => {
    const entries = await entriesIn(from, stop);
    const { root } = await rootOf(from);
    const isMeant = patternMatcher(pattern === undefined ? undefined : Buffer.from(pattern).toString('latin1'));
    const archives = archivesOf(entries.filter(({ key }) => isMeant(key)));
    const digests = new Map(entries.filter(({ key, bytes }) => key.endsWith('.sha256') && bytes < 1_024).map(({ key }) => [key, key]));
    const seen: Seen[] = [];
    for (const archive of archives) {
      throwIfStopped(stop);
      const list_ = digests.get(`${archive.whole}.sha256`);
      const sha256 = list_ === undefined ? null : digestIn(await headOf(root, list_, 1_024));
      const head = await headOf(root, archive.parts[0].key, HEAD_BYTES);
      if (!isSignature(head)) seen.push(lookAt(archive, head, sha256));
    }
    const points = seen.flatMap(one => ('bad' in one ? [] : [pointOf(one, access)]));
    const bad = badOnes(seen);
    if (points.length === 0) throwIfUntold(bad);
    const findings = [...bad, ...checkListing({ section: access.section, points, now: access.now() })];
    return { points: newestFirst(points), findings, looked: entries.length };
  });
}

type Seen = Found | { readonly archive: Archive; readonly bad: FindingCode };

function lookAt(archive: Archive, head: Buffer, sha256: string | null): Seen {
  if (archive.missing > 0) return { archive, bad: 'backup.files-missing' };
  if (archive.parts.every(({ bytes }) => bytes === 0)) return { archive, bad: 'backup.empty' };
  const is = formatOf(head);
  if (is === undefined) return { archive, bad: isSealed(archive.parts[0].key, head) ? 'backup.unsupported' : 'backup.not-a-dump' };
  const isOpen = FORMATS.includes(is);
  return { archive, format: isOpen ? (is as Format) : archive.format, wrapping: isOpen ? 'none' : (is as Wrapping), sha256 };
}

/** Lies beside an archive under a name of its own that is also one of what was encrypted. */
function isSignature(head: Buffer): boolean {
  return head.toString('latin1', 0, 40).startsWith('-----BEGIN PGP SIGNATURE');
}

/** The newest is the one that would be needed: bad news of an older one is only told. */
function badOnes(seen: readonly Seen[]): readonly Finding[] {
  const finished = ({ archive }: Seen): string =>
    archive.parts
      .map(({ modifiedAt }) => modifiedAt)
      .sort()
      .at(-1) ?? '';
  const newestGood =
    seen
      .filter(one => !('bad' in one))
      .map(finished)
      .sort()
      .at(-1) ?? '';
  return seen.flatMap(one => {
    if (!('bad' in one)) return [];
    const { missing, parts } = one.archive;
    const place = { probe: 'backup', required: finished(one) >= newestGood };
    if (one.bad === 'backup.unsupported') return [finding(one.bad, 'inconclusive', { ...place, object: 'encrypted' })];
    const counts = one.bad === 'backup.files-missing' ? { unit: 'parts', expected: parts.length + missing, observed: missing } : {};
    return [finding(one.bad, 'failed', { ...place, ...counts })];
  });
}

/** `sha256sum` writes the digest first. */
function digestIn(bytes: Buffer): string | null {
  return /^\\?([0-9a-f]{64})(?:\s|$)/i.exec(bytes.toString('latin1'))?.[1]?.toLowerCase() ?? null;
}
