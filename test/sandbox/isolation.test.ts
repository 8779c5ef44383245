import { expect, test } from 'vitest';
import { sentenceOf } from '../../src/finding/finding.ts';
import { attempts, judgeIsolation, type Reached } from '../../src/sandbox/isolation.ts';

const tight: Reached = Object.fromEntries(attempts.map(attempt => [attempt, 0]));

test('is proved only when every attempt was made and none got out', () => {
  const judgement = judgeIsolation(tight, []);

  expect(judgement.isolation).toBe('proved');
  expect(judgement.findings.map(found => found.outcome)).toEqual(Array(attempts.length + 1).fill('passed'));
});

for (const attempt of attempts) {
  test(`is not proved when ${attempt} got out or was not tried`, () => {
    const out = judgeIsolation({ ...tight, [attempt]: 2 }, []);
    const untried = judgeIsolation({ ...tight, [attempt]: undefined }, []);

    for (const { isolation, findings } of [out, untried]) {
      expect(isolation).toBe('not-proved');
      expect(findings.filter(found => found.outcome === 'inconclusive')).toMatchObject([{ code: `isolation.${attempt}`, required: true }]);
    }
    expect(untried.findings.find(found => found.code === `isolation.${attempt}`)?.observed).toBeNull();
  });

  test(`is accepted, not proved, when the plan accepts ${attempt} by name`, () => {
    const { isolation, findings } = judgeIsolation({ ...tight, [attempt]: 1 }, [attempt]);

    expect(isolation).toBe('accepted');
    expect(findings.some(found => found.code === 'isolation.proved')).toBe(false);
    expect(findings.at(-1)).toMatchObject({ code: 'isolation.accepted', object: attempt });
    expect(findings.filter(found => found.outcome === 'inconclusive')).toMatchObject([{ required: false }]);
  });
}

test('stays proved when the plan accepts a weakness that is not there', () => {
  const { isolation } = judgeIsolation(tight, ['network']);

  expect(isolation).toBe('proved');
});

test('says each finding in a sentence with its figure', () => {
  const { findings } = judgeIsolation({ ...tight, network: 3 }, []);

  const sentences = findings.map(found => sentenceOf(found));

  expect(sentences[0]).toBe('The sandbox tried to find a network interface or a route: 3 found.');
  expect(sentences.filter(sentence => /[{}]|unknown/.test(sentence))).toEqual([]);
});
