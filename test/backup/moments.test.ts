import { expect, test } from 'vitest';
import { momentsBefore } from '../../src/backup/moments.ts';

const point = (momentsFrom: string, consistentAt: string) => ({
  momentsFrom: `2026-11-${momentsFrom}Z`,
  consistentAt: `2026-11-${consistentAt}Z`,
});
const short = (moments: readonly string[]): readonly string[] => moments.map(moment => moment.slice(8, 16));

test.each([
  {
    title: 'a week of log is proved by days',
    of: point('20T01:10:00', '27T14:37:12'),
    points: 8,
    expected: '27T00:00 26T00:00 25T00:00 24T00:00 23T00:00 22T00:00 21T00:00',
  },
  {
    title: 'a day of it by hours',
    of: point('27T01:10:00', '27T14:37:12'),
    points: 7,
    expected: '27T14:00 27T13:00 27T12:00 27T11:00 27T10:00 27T09:00',
  },
  {
    title: 'half a day of it by six hours, if only two are asked for',
    of: point('27T01:10:00', '27T14:37:12'),
    points: 3,
    expected: '27T12:00 27T06:00',
  },
  {
    title: 'too short a time by as many minutes as there are',
    of: point('27T14:34:30', '27T14:37:12'),
    points: 7,
    expected: '27T14:37 27T14:36 27T14:35',
  },
  {
    title: 'the last moment is the point itself, and not asked twice',
    of: point('27T13:00:00', '27T14:00:00'),
    points: 2,
    expected: '27T13:00',
  },
])('$title', ({ of, points, expected }) => {
  const moments = momentsBefore(of, { points, everyMs: null });

  expect(short(moments).join(' ')).toBe(expected);
});

test('a distance that the plan says is kept, and reaches no further back than the base backup', () => {
  const moments = momentsBefore(point('27T10:30:00', '27T14:37:12'), { points: 7, everyMs: 3_600_000 });

  expect(short(moments)).toEqual(['27T14:00', '27T13:00', '27T12:00', '27T11:00']);
});

test('a point without a log, or of an unknown moment, has no others', () => {
  const order = { points: 7, everyMs: null };

  expect(momentsBefore({ consistentAt: '2026-11-27T14:00:00Z' }, order)).toEqual([]);
  expect(momentsBefore({ consistentAt: null, momentsFrom: '2026-11-27T10:00:00Z' }, order)).toEqual([]);
});
