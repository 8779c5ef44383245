import { expect, test } from 'vitest';
import { chainOf, readHistory, stretchesOf } from '../../src/backup/wal-chain.ts';
import { placeOfName, positionOf, positionText, segmentName, type SegmentPlace } from '../../src/backup/wal-name.ts';

const BYTES = 16 * 1024 * 1024;
const place = (timeline: number, number: number): SegmentPlace => ({ timeline, number });

test.each([
  ['0000000100000000000000FF', 16, 255],
  ['000000010000000100000000', 16, 256],
  ['0000000100000000000000FF', 1, 255],
  ['000000010000000000000FFF', 1, 4095],
  ['000000010000000100000000', 1, 4096],
])('the segment %s of %i MiB has a number, and its number has that name', (name, mebibytes, number) => {
  const bytes = mebibytes * 1024 * 1024;

  expect(placeOfName(name, bytes)).toEqual(place(1, number));
  expect(segmentName(place(1, number), bytes)).toBe(name);
});

test.each(['000000010000000000000100', '00000001000000000000000', '00000000000000000000000A', '0000000100000000000000FF.gz'])(
  '%s is no segment of 16 MiB',
  name => {
    expect(placeOfName(name, BYTES)).toBeUndefined();
  },
);

test('a position is read as it is written', () => {
  expect(positionText(positionOf('A/2000028') ?? 0n)).toBe('A/2000028');
  expect(positionOf('2000028')).toBeUndefined();
});

const HISTORY = '1\t0/5000000\tno recovery target specified\n\n2\t0/9000028\tbefore 2026-11-27\n';

test('a history says where each timeline was left', () => {
  expect(readHistory(HISTORY)).toEqual([
    { timeline: 1, until: 0x5000000n },
    { timeline: 2, until: 0x9000028n },
  ]);
});

const histories = new Map([
  [2, '1\t0/5000000\tx\n'],
  [3, HISTORY],
  [4, '1\t0/1000000\tleft before the backup\n'],
]);
const way = { start: place(1, 2), segmentBytes: BYTES, histories, timeline: null };

test('the newest timeline that comes from that of the backup is followed, or the one that the plan names', () => {
  expect(stretchesOf(way)).toEqual([
    { timeline: 1, from: 2 },
    { timeline: 2, from: 5 },
    { timeline: 3, from: 9 },
  ]);
  expect(stretchesOf({ ...way, timeline: 1 })).toEqual([{ timeline: 1, from: 2 }]);
  expect(stretchesOf({ ...way, timeline: 4 })).toBeUndefined();
  expect(stretchesOf({ ...way, timeline: 7 })).toBeUndefined();
});

test('a chain changes to the new timeline in the segment of the switch, and ends at the first one that is missing', () => {
  const names = [place(1, 2), place(1, 3), place(1, 4), place(1, 5), place(2, 5), place(2, 6), place(2, 8)];
  const has = (wanted: SegmentPlace): boolean => names.some(one => one.timeline === wanted.timeline && one.number === wanted.number);

  const chain = chainOf(stretchesOf({ ...way, timeline: 2 }) ?? [], has, names);

  expect(chain).toEqual({ segments: [place(1, 2), place(1, 3), place(1, 4), place(2, 5), place(2, 6)], beyond: 1 });
});
