import { expect, test } from 'vitest';
import { http } from '../../src/probe/http/http.ts';
import type { HttpAnswer } from '../../src/service/service.ts';
import { questionTo } from '../fixtures/running-source.ts';

const never = new AbortController().signal;
const ANSWER: HttpAnswer = {
  status: 200,
  body: Buffer.from('{"patients":[{"name":"Jane Doe"}],"count":7}'),
  cut: false,
  timedOut: false,
  latencyMs: 40,
};

async function said(given: object, answer: Partial<HttpAnswer> = {}, question: object = {}): Promise<readonly unknown[]> {
  const service = {
    ...{ engine: 'orthanc', major: 1, findings: [], ready: true, sql: () => Promise.reject(new Error('no SQL')) },
    ...{ stillUp: () => Promise.reject(new Error('not asked')), http: { ask: () => Promise.resolve({ ...ANSWER, ...answer }) } },
  };
  const { findings } = await http.ask(questionTo(service, { options: http.value.parse(given), ...question }), never);
  return findings.flatMap(({ code, outcome, object, expected, observed }) => [code, outcome, object, expected, observed]);
}

test('an answer that fits passes, and one that is late does not', async () => {
  expect(await said({ get: '/a', contains: 'patients', json: { 'patients.0.name': 'Jane Doe', count: { atLeast: 7 } } })).toEqual([
    ...['http.ok', 'passed', null, null, null],
  ]);
  expect(await said({ get: '/a' }, {}, { limitMs: 39 })).toEqual(['http.too-slow', 'failed', null, null, null]);
  expect(await said({ get: '/a' }, {}, { limitMs: 39, workflow: true, name: 'Sign in' })).toEqual([
    'workflow.too-slow',
    'failed',
    'Sign in',
    null,
    null,
  ]);
});

test('what does not fit is told without its texts, numbers as they are', async () => {
  expect(await said({ get: '/a', json: { 'patients.0.name': 'John Roe' } })).toEqual([
    'http.content',
    'failed',
    'patients.0.name',
    true,
    false,
  ]);
  expect(await said({ get: '/a', json: { count: { atLeast: 8 } } })).toEqual(['http.content', 'failed', 'count', 8, 7]);
  expect(await said({ get: '/a', json: { 'constructor.name': 'Object' } })).toEqual([
    'http.content',
    'failed',
    'constructor.name',
    true,
    false,
  ]);
  expect(await said({ get: '/a', contains: 'x', json: { count: 7 } }, { body: Buffer.from('<html>') })).toEqual([
    'http.content',
    'failed',
    'text',
    null,
    null,
  ]);
  expect(await said({ get: '/a' }, { status: 503 })).toEqual(['http.status', 'failed', null, 200, 503]);
});

test('no answer, or one that is too long to be looked at, says nothing about the backup', async () => {
  expect(await said({ get: '/a' }, { status: null, timedOut: true })).toEqual(['http.no-answer', 'inconclusive', null, null, 'time limit']);
  expect(await said({ get: '/a', contains: 'x' }, { cut: true })).toEqual([
    'http.no-answer',
    'inconclusive',
    null,
    null,
    'answer too long',
  ]);
});
