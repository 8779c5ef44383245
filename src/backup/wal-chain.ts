import { positionOf, segmentOf, type SegmentPlace } from './wal-name.ts';

/** A timeline on the way from a backup to a target, and the segment from which on it is followed. */
export interface Stretch {
  readonly timeline: number;
  readonly from: number;
}

/** What a `.history` file says: from which timelines this one came, and where it left each. Empty lines and remarks are passed over. */
export function readHistory(text: string): readonly { readonly timeline: number; readonly until: bigint }[] {
  return text.split('\n').flatMap(line => {
    const [, timeline = '', position = ''] = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line) ?? [];
    const until = positionOf(position);
    return until === undefined ? [] : [{ timeline: Number(timeline), until }];
  });
}

export interface Way {
  /** Where the backup begins. */
  readonly start: SegmentPlace;
  readonly segmentBytes: number;
  /** Contents of the `.history` files by timeline. */
  readonly histories: ReadonlyMap<number, string>;
  /** The timeline that the plan names; `null`: the newest that can be reached. */
  readonly timeline: number | null;
}

/** The timelines to follow, in order. Undefined: the one that is wanted does not come from that of the backup. */
export function stretchesOf(way: Way): readonly Stretch[] | undefined {
  if (way.timeline !== null) return stretchesTo(way, way.timeline);
  const newer = [...way.histories.keys()].filter(timeline => timeline > way.start.timeline).sort((a, b) => b - a);
  for (const timeline of newer) {
    const found = stretchesTo(way, timeline);
    if (found !== undefined) return found;
  }
  return stretchesTo(way, way.start.timeline);
}

function stretchesTo({ start, histories, segmentBytes }: Way, timeline: number): readonly Stretch[] | undefined {
  if (timeline === start.timeline) return [{ timeline, from: start.number }];
  const parents = readHistory(histories.get(timeline) ?? '');
  const at = parents.findIndex(one => one.timeline === start.timeline);
  const left = parents[at];
  if (left === undefined || segmentOf(left.until, segmentBytes) < start.number) return undefined;
  const later = parents.slice(at).map((one, index, all) => ({
    timeline: all[index + 1]?.timeline ?? timeline,
    from: segmentOf(one.until, segmentBytes),
  }));
  return [{ timeline: start.timeline, from: start.number }, ...later];
}

/** What the archive holds of a way, without a break. */
export interface Chain {
  readonly segments: readonly SegmentPlace[];
  /** Segments of the last timeline that lie beyond the first one that is missing. */
  readonly beyond: number;
}

/** The segments from the beginning of a way up to the first one that is missing. In the segment of a switch the new timeline's file is read. */
export function chainOf(stretches: readonly Stretch[], has: (place: SegmentPlace) => boolean, all: Iterable<SegmentPlace>): Chain {
  const segments: SegmentPlace[] = [];
  const timelineOf = (number: number): number => stretches.findLast(one => one.from <= number)?.timeline ?? 0;
  for (let number = stretches[0]?.from ?? 0; ; number += 1) {
    const place = { timeline: timelineOf(number), number };
    if (!has(place)) break;
    segments.push(place);
  }
  const next = (stretches[0]?.from ?? 0) + segments.length;
  const beyond = [...all].filter(one => one.number > next && one.timeline === timelineOf(one.number)).length;
  return { segments, beyond };
}
