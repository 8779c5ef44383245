import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { timeLimit } from '../../src/system/time-limit.ts';

setFlagsFromString('--expose-gc');
const cleanUp = runInNewContext('gc') as () => void;

describe('a time limit', () => {
  it('fires with the reason that it was time', async () => {
    const limit = timeLimit(5);
    await new Promise(resolve => limit.addEventListener('abort', resolve));
    expect((limit.reason as DOMException).name).toBe('TimeoutError');
  });

  it('fires beside another signal although memory was cleaned up in between', async () => {
    const stop = new AbortController();
    const ended = Array.from(
      { length: 20 },
      () => new Promise(resolve => AbortSignal.any([stop.signal, timeLimit(100)]).addEventListener('abort', () => resolve('by time'))),
    );
    const cleaning = setInterval(cleanUp, 10);
    const tooLate = new Promise(resolve => setTimeout(() => resolve('never'), 3_000));
    const all = await Promise.all(ended.map(one => Promise.race([one, tooLate])));
    clearInterval(cleaning);
    expect(new Set(all)).toEqual(new Set(['by time']));
  });

  it('longer than a timer can wait does not fire at once', async () => {
    const limit = timeLimit(2 ** 40);
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(limit.aborted).toBe(false);
  });
});
