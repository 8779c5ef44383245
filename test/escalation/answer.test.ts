import { expect, test } from 'vitest';
import { readRetryAfter } from '../../src/escalation/answer.ts';

const NOW = '2026-11-08T09:12:50.000Z';

test.each([
  ['120', 120_000],
  ['0', 0],
  [' 5 ', 5_000],
  ['Sun, 08 Nov 2026 09:13:50 GMT', 60_000],
  ['Sun, 08 Nov 2026 09:00:00 GMT', 0],
])('reads Retry-After %s', (header, ms) => {
  expect(readRetryAfter(header, NOW)).toBe(ms);
});

test.each([null, '', '-1', '1.5', 'soon', '99999999999', 'Sun, 99 Nov 2026 09:13:50 GMT'])('says nothing for Retry-After %s', header => {
  expect(readRetryAfter(header, NOW)).toBeNull();
});
