import { stat } from '../../system/files.ts';
import type { RecoveryOptions } from '../recovery-options.ts';
import { chainOf, stretchesOf } from '../wal-chain.ts';
import { placeOfName, segmentName, segmentOf, type SegmentPlace } from '../wal-name.ts';
import { readRecords } from '../wal-records.ts';
import type { Fault } from '../wal-fault.ts';
import { contentOf, faultOf, type Archive } from './archive.ts';
import type { Base } from './base.ts';

/** How far the archive leads from one base backup on, without a break. */
export interface Reached {
  /** `false`: the timeline that the plan names does not come from that of the backup. */
  readonly timelineThere: boolean;
  /** Names of segments to replay, in order. */
  readonly segments: readonly string[];
  /** The timeline at the end of them. */
  readonly timeline: number;
  /** Segments of the backup itself that are neither in it nor in the archive. */
  readonly lacking: number;
  /** Why the chain ends before the newest archived segment; undefined: it does not. */
  readonly broken: Exclude<Fault, undefined> | undefined;
  /** Archived segments that lie beyond the break. */
  readonly beyond: number;
  /** When the newest of the segments came. */
  readonly arrivedAt: string | null;
  /** Bytes of the segments as they are replayed. */
  readonly bytes: number;
}

/** Follows the archive from the beginning of a base backup. Its label must have been read. Rejects with the system's error. */
export async function reachOf(base: Base, archive: Archive, options: RecoveryOptions): Promise<Reached | undefined> {
  const begin = base.manifest?.start ?? base.label?.start;
  const timeline = base.label?.timeline ?? base.manifest?.timeline;
  if (begin === undefined || timeline === undefined) return undefined;
  const { segmentBytes } = archive;
  const start = { timeline, number: segmentOf(begin, segmentBytes) };
  const stretches = stretchesOf({ start, segmentBytes, histories: archive.histories, timeline: options.timeline ?? null });
  if (stretches === undefined) return { ...NOTHING, timelineThere: false, timeline };
  const own = ownSegments(base, start, segmentBytes);
  const all = [...archive.segments.keys()].flatMap(name => placeOfName(name, segmentBytes) ?? []);
  const inArchive = (place: SegmentPlace): boolean => archive.segments.has(segmentName(place, segmentBytes));
  const chain = chainOf(stretches, place => inArchive(place) || isOwn(own, place), all);
  const names = chain.segments.filter(inArchive).map(place => segmentName(place, segmentBytes));
  const sound = await soundOnes(names, { archive, systemId: base.systemId });
  const cut = names.length - sound.names.length;
  const newest = archive.segments.get(sound.names.at(-1) ?? '');
  return {
    timelineThere: true,
    segments: sound.names,
    timeline: stretches.at(-1)?.timeline ?? timeline,
    lacking: lackingOf(base, { own, inArchive, start, segmentBytes }),
    broken: sound.fault ?? (chain.beyond > 0 ? 'gone' : undefined),
    beyond: cut + chain.beyond,
    arrivedAt: newest === undefined ? null : (await stat(newest.path)).mtime.toISOString(),
    bytes: sound.names.length * segmentBytes,
  };
}

const NOTHING: Reached = {
  timelineThere: true,
  segments: [],
  timeline: 0,
  lacking: 0,
  broken: undefined,
  beyond: 0,
  arrivedAt: null,
  bytes: 0,
};

/** First and last segment that the backup brings along. */
interface Own {
  readonly there: boolean;
  readonly first: number;
  readonly last: number;
}

function ownSegments({ hasWal, manifest }: Base, start: SegmentPlace, segmentBytes: number): Own {
  const last = manifest === undefined ? start.number : segmentOf(manifest.end - 1n, segmentBytes);
  return { there: hasWal !== false, first: start.number, last };
}

function isOwn({ there, first, last }: Own, { number }: SegmentPlace): boolean {
  return there && number >= first && number <= last;
}

function lackingOf(
  base: Base,
  at: {
    readonly own: Own;
    readonly start: SegmentPlace;
    readonly segmentBytes: number;
    readonly inArchive: (place: SegmentPlace) => boolean;
  },
): number {
  if (at.own.there) return 0;
  let lacking = 0;
  for (let number = at.own.first; number <= at.own.last; number += 1)
    if (!at.inArchive({ timeline: base.label?.timeline ?? at.start.timeline, number })) lacking += 1;
  return lacking;
}

/** Up to the first one that is damaged, or of another cluster. */
async function soundOnes(
  names: readonly string[],
  of: { readonly archive: Archive; readonly systemId: string | null },
): Promise<{ readonly names: readonly string[]; readonly fault: Fault }> {
  for (const [index, name] of names.entries()) {
    const fault = await faultOf(of.archive, name, of.systemId);
    if (fault !== undefined) return { names: names.slice(0, index), fault };
  }
  return { names, fault: undefined };
}

/** So many segments without a commit are passed over, from the newest back. */
const QUIET_SEGMENTS = 32;

/** Commit time of the last transaction of these segments, as the newest of them that holds one says it. */
export async function lastCommitOf(segments: readonly string[], archive: Archive, stop: AbortSignal): Promise<string | null> {
  for (const name of segments.slice(-QUIET_SEGMENTS).reverse()) {
    const file = archive.segments.get(name);
    const content = file === undefined ? undefined : await contentOf(file, archive.segmentBytes, stop);
    const at = content === undefined ? null : (readRecords(content)?.lastCommitAt ?? null);
    if (at !== null) return at;
  }
  return null;
}
