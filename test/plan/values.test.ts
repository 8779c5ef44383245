import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatDuration, parseDuration, parseKeep, sayDuration } from '../../src/plan/duration.ts';
import { formatPercent, formatSize, parsePercent, parseSize } from '../../src/plan/quantity.ts';
import {
  durationOption,
  pathOption,
  percentOption,
  placeOption,
  SECRET_EXPECTED,
  secretOption,
  sizeOption,
  withPlanFolder,
} from '../../src/plan/values.ts';

describe('durations', () => {
  test.each([
    ['4h', 14_400_000],
    ['90m', 5_400_000],
    ['1h30m', 5_400_000],
    ['PT4H', 14_400_000],
    ['P1DT30M', 88_200_000],
    ['45s', 45_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '4 hours oops',
    '4h oops',
    '1M',
    '-4h',
    '0h',
    '0m',
    '',
    'P',
    'PT',
    'P1M',
    '1y',
    '4',
    '1.5h',
    'h',
    '30m1h',
    ' 4h',
    '999999999d9h9m',
  ])('refuses "%s"', text => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), seconds => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });

  test('are said in words of a report', () => {
    expect(sayDuration(4_361_000)).toBe('1 h 12 min 41 s');
    expect(sayDuration(0)).toBe('0 s');
  });

  test('of keeping count years as never too short', () => {
    expect(parseKeep('6y')).toBeGreaterThanOrEqual(2192 * 86_400_000);
    expect(parseKeep('0y')).toBeUndefined();
    expect(parseKeep('-6y')).toBeUndefined();
  });
});

describe('sizes and percentages', () => {
  test.each([
    ['2GiB', 2_147_483_648],
    ['500MB', 500_000_000],
    ['1.5KiB', 1536],
    ['7B', 7],
  ])('reads the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['2', '2G', '2gib', '0B', '-1MB', '2 GiB', '1e3MB', '', 'MiB'])('refuses the size "%s"', text => {
    expect(parseSize(text)).toBeUndefined();
  });

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 0, max: 10_000_000 }), (bytes, hundredths) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
        expect(parsePercent(formatPercent(hundredths / 10_000))).toBeCloseTo(hundredths / 10_000, 10);
      }),
    );
  });

  test.each([
    ['20%', 0.2],
    ['1%', 0.01],
    ['0.5%', 0.005],
    ['200%', 2],
    ['7%', 0.07],
  ])('reads the percentage %s exactly', (text, ratio) => {
    expect(parsePercent(text)).toBe(ratio);
  });

  test.each(['20', '-1%', '%', '1 %', '1,5%', '0.2'])('refuses the percentage "%s"', text => {
    expect(parsePercent(text)).toBeUndefined();
  });
});

test('garbage is refused and never thrown about', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9PTYMDHSdhmsKiGB.%-]{0,12}$/), fc.anything()), garbage => {
      for (const option of [durationOption(), sizeOption(), percentOption(), pathOption(), secretOption()]) {
        expect(typeof option.safeParse(garbage).success).toBe('boolean');
      }
    }),
  );
});

describe('paths', () => {
  test('count from the folder of the plan, also deep inside and in a union', () => {
    const schema = z.strictObject({ from: z.union([z.strictObject({ file: pathOption() }), pathOption()]).optional() });

    const nested = withPlanFolder('/srv/plans/lakeside', () => schema.parse({ from: { file: '../x' } }));
    const absolute = withPlanFolder('/srv/plans/lakeside', () => schema.parse({ from: '/a/../b' }));

    expect(nested).toEqual({ from: { file: '/srv/plans/x' } });
    expect(absolute).toEqual({ from: '/b' });
  });

  test('stay relative when no plan is being read, also after one that threw', () => {
    expect(() =>
      withPlanFolder('/srv', () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(pathOption().parse('a/b')).toBe('a/b');
  });

  test.each(['~/backups', '~', '${HOME}/x', '', 's3://bucket', 'a\0b'])('refuse "%s"', text => {
    expect(pathOption().safeParse(text).success).toBe(false);
  });

  test('may be addresses where the key takes them', () => {
    expect(placeOption('s3').parse('s3://bucket/prefix')).toBe('s3://bucket/prefix');
    expect(placeOption('s3').safeParse('https://host/x').success).toBe(false);
    expect(withPlanFolder('/srv', () => placeOption('s3').parse('x'))).toBe('/srv/x');
  });
});

describe('references to secrets', () => {
  test.each([{ env: 'PGPASSWORD' }, { file: '/run/secrets/x' }, { command: ['pass', 'show', 'x'] }])('take %j', reference => {
    expect(secretOption().parse(reference)).toEqual(reference);
  });

  test.each([
    'hunter2',
    4711,
    { env: 'hunter2!' },
    { file: '~/hunter2' },
    { command: [] },
    { command: 'hunter2' },
    { env: 'A', value: 'hunter2' },
  ])('refuse %j without repeating it', value => {
    const answer = secretOption().safeParse(value);

    expect(answer.success).toBe(false);
    expect(answer.error?.issues.map(issue => issue.message)).toEqual([SECRET_EXPECTED]);
  });
});

test('the options show themselves in a JSON Schema', () => {
  const schema = z.toJSONSchema(z.strictObject({ every: durationOption(), from: placeOption('s3'), password: secretOption() }), {
    io: 'input',
  });

  expect(schema.properties).toMatchObject({ every: { type: 'string', examples: ['4h', '1h30m', 'PT4H'] }, from: { type: 'string' } });
  expect(schema.properties?.['password']).toHaveProperty('anyOf');
});
