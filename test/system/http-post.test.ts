import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { httpPost } from '../../src/system/http-post.ts';
import { checkTarget } from '../../src/system/http-target.ts';
import { makeCertificate } from '../fixtures/certificate.ts';
import { never } from '../fixtures/channel-effects.ts';
import { answer, answerHttp, hugeBody } from '../fixtures/http-answerer.ts';

const failed = (fault: string): object => ({ outcome: 'failed', fault });
const PUBLIC = { address: '93.184.215.14', family: 4 };

test('posts JSON and tells what came back', async () => {
  await using server = await answerHttp(answer(418, 'short and stout', { 'retry-after': '3' }));

  const posted = await httpPost()({ url: server.at('tea?cups=2'), headers: { 'x-sort': 'green' }, body: '{"ü":1}' }, never);

  expect(posted).toEqual({ outcome: 'answered', status: 418, retryAfter: '3', body: 'short and stout' });
  expect(server.asked[0]).toMatchObject({
    path: '/tea?cups=2',
    body: '{"ü":1}',
    headers: { 'content-type': 'application/json', 'x-sort': 'green' },
  });
});

test('keeps 64 kB of an answer and no more', async () => {
  await using server = await answerHttp(hugeBody(200));

  const posted = await httpPost()({ url: server.at(''), body: '{}' }, never);

  expect(posted).toMatchObject({ outcome: 'answered', status: 200 });
  expect(posted.outcome === 'answered' ? posted.body.length : 0).toBe(65_536);
});

test.each([
  ['loopback', [{ address: '127.0.0.1', family: 4 }]],
  ['the metadata of a cloud', [{ address: '169.254.169.254', family: 4 }]],
  ['a private network', [{ address: '10.1.2.3', family: 4 }]],
  ['a private network, written as IPv6', [{ address: '::ffff:a01:203', family: 6 }]],
  ['a local IPv6 network', [{ address: 'fd00::1', family: 6 }]],
  ['something public and something private', [PUBLIC, { address: '192.168.1.1', family: 4 }]],
  ['nothing', []],
])('refuses a name that leads to %s', async (_title, found) => {
  const post = httpPost({ lookup: () => Promise.resolve(found) });

  expect(await post({ url: 'https://hooks.example/', body: '{}' }, never)).toEqual(failed('target-refused'));
});

describe('a private network that is allowed by name', () => {
  const at = (address: string, allowPrivate: readonly string[]) =>
    checkTarget('https://hooks.example/', () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]), allowPrivate);

  test.each([
    ['10.2.3.4', ['10.2.0.0/16']],
    ['192.168.7.9', ['10.2.0.0/16', '192.168.7.9/32']],
    ['fd00:1::5', ['fd00:1::/32']],
  ])('takes %s where %j are allowed', async (address, ranges) => {
    expect(await at(address, ranges)).toMatchObject({ secure: true });
  });

  test.each([
    ['a neighbour', '10.3.0.1', ['10.2.0.0/16']],
    ['the metadata of a cloud', '169.254.169.254', ['0.0.0.0/0', '169.254.0.0/16']],
    ['loopback behind a name', '127.0.0.1', ['127.0.0.0/8', '0.0.0.0/0']],
    ['another family', 'fd00::1', ['10.0.0.0/8']],
    ['what is no network', '10.2.3.4', ['10.2.3.4', '10.0.0.0/', '10.0.0.0/99', 'nonsense']],
  ])('still refuses %s', async (_title, address, ranges) => {
    expect(await at(address, ranges)).toBeUndefined();
  });

  test('takes its literal address, over https alone', async () => {
    const [secure, plain] = ['https', 'http'].map(scheme =>
      checkTarget(`${scheme}://10.2.3.4/`, () => Promise.resolve([]), ['10.2.0.0/16']),
    );

    expect(await secure).toMatchObject({ host: '10.2.3.4' });
    expect(await plain).toBeUndefined();
  });
});

test('asks for a name once, and connects to what was looked at', async () => {
  const answers = [[PUBLIC], [{ address: '127.0.0.1', family: 4 }]];
  let asked = 0;

  const target = await checkTarget('https://hooks.example/x', () => Promise.resolve(answers[asked++] ?? []));
  const pinned = (all: boolean): unknown[] => {
    let given: unknown[] = [];
    target?.lookup('hooks.example', { all }, (...result) => (given = result));
    return given;
  };

  expect([pinned(true), pinned(false)]).toEqual([
    [null, [PUBLIC]],
    [null, PUBLIC.address, 4],
  ]);
  expect(asked).toBe(1);
});

test('refuses plain http to a name, and credentials in an address', async () => {
  const post = httpPost({ lookup: () => Promise.resolve([PUBLIC]) });

  expect(await post({ url: 'http://hooks.example/', body: '{}' }, never)).toEqual(failed('target-refused'));
  expect(await post({ url: 'https://user:secret@hooks.example/', body: '{}' }, never)).toEqual(failed('target-refused'));
});

test('says that a name was not found as it says every broken connection', async () => {
  const post = httpPost({ lookup: () => Promise.reject(new Error('ENOTFOUND')) });

  expect(await post({ url: 'https://hooks.example/', body: '{}' }, never)).toEqual(failed('unreachable'));
});

test('waits for a resolver no longer than for everything else', async () => {
  const post = httpPost({ lookup: () => new Promise(() => undefined), limitMs: 50 });

  expect(await post({ url: 'https://hooks.example/', body: '{}' }, never)).toEqual(failed('timeout'));
});

test('verifies certificates, on loopback too', async () => {
  const { key, cert } = makeCertificate('hooks.example');
  const server = createServer({ key, cert }, (_request, response) => response.end('ok'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const unknown = await httpPost()({ url, body: '{}' }, never);
  const ofAnotherName = await httpPost({ ca: cert })({ url, body: '{}' }, never);
  server.close();

  expect([unknown, ofAnotherName]).toEqual([failed('tls-refused'), failed('tls-refused')]);
});
