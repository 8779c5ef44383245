import { expect, test } from 'vitest';
import { failed } from '../../src/escalation/answer.ts';
import { nextAfter } from '../../src/escalation/tries.ts';

const passing = failed('http-503', { again: true });

test('tries again after 5 s, 30 s, 2 min and 10 min, and then goes on to the next channel', () => {
  const steps = [1, 2, 3, 4, 5].map(tries => nextAfter(passing, { tries, moreChannels: true }));

  expect(steps).toEqual([
    { next: 'again', afterMs: 5_000 },
    { next: 'again', afterMs: 30_000 },
    { next: 'again', afterMs: 120_000 },
    { next: 'again', afterMs: 600_000 },
    { next: 'next-channel' },
  ]);
});

test('is exhausted when the last channel failed', () => {
  expect(nextAfter(passing, { tries: 5, moreChannels: false })).toEqual({ next: 'exhausted' });
  expect(nextAfter(failed('http-404'), { tries: 1, moreChannels: false })).toEqual({ next: 'exhausted' });
});

test('goes on at once when another try is of no use, or the address is gone', () => {
  expect(nextAfter(failed('http-404'), { tries: 1, moreChannels: true })).toEqual({ next: 'next-channel' });
  expect(nextAfter(failed('http-410', { disable: true, again: true }), { tries: 1, moreChannels: true })).toEqual({ next: 'next-channel' });
});

test('is never earlier than it was asked to be, nor earlier than its own time', () => {
  const asked = (retryAfterMs: number): object =>
    nextAfter(failed('http-429', { again: true, retryAfterMs }), { tries: 1, moreChannels: true });

  expect([asked(0), asked(60_000), asked(600_000)]).toEqual([
    { next: 'again', afterMs: 5_000 },
    { next: 'again', afterMs: 60_000 },
    { next: 'again', afterMs: 600_000 },
  ]);
});

test('does not let a service keep people waiting', () => {
  expect(nextAfter(failed('http-429', { again: true, retryAfterMs: 86_400_000 }), { tries: 1, moreChannels: true })).toEqual({
    next: 'next-channel',
  });
});

test('has nothing to do after a message that was taken', () => {
  expect(nextAfter({ result: 'accepted', providerId: null }, { tries: 1, moreChannels: true })).toEqual({ next: 'accepted' });
});
