import { inspect } from 'node:util';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Channel, Sent } from '../../src/escalation/channel.ts';
import { httpPost } from '../../src/system/http-post.ts';
import { smtpMail } from '../../src/system/smtp.ts';
import { channelOf, never } from '../fixtures/channel-effects.ts';
import { freePort } from '../fixtures/free-port.ts';
import { answer, answerHttp, hang, hugeBody, slowBody, type Answering } from '../fixtures/http-answerer.ts';
import { receiveMail } from '../fixtures/mail-server.ts';
import { messageOf, TOKEN } from '../fixtures/messages.ts';

/** Stands in every secret of a setting: it must never come back in a result. */
const SECRET = 's3cr3t-of-the-client';
/** Short, but long enough for a busy machine to open a connection. */
const LIMIT_MS = 250;

interface HttpCase {
  readonly kind: string;
  readonly takes: Answering;
  readonly settings: (url: string) => object;
  /** Whether the status alone says that it was taken. */
  readonly statusDecides: boolean;
}

const WEBHOOK_SECRET = `whsec_${Buffer.from(`${SECRET}-and-some-more`).toString('base64')}`;
const HTTP: readonly HttpCase[] = [
  { kind: 'webhook', takes: answer(204), settings: url => ({ url, secret: WEBHOOK_SECRET }), statusDecides: true },
  { kind: 'slack', takes: answer(200, 'ok'), settings: url => ({ url }), statusDecides: false },
  { kind: 'teams', takes: answer(202), settings: url => ({ url }), statusDecides: true },
  {
    kind: 'pagerduty',
    takes: answer(202, '{"status":"success"}'),
    settings: () => ({ routingKey: SECRET, signingSecret: SECRET }),
    statusDecides: true,
  },
];

interface Tried {
  readonly sent: Sent;
  readonly asked: number;
}

/** One real try against a server that answers so. PagerDuty has one address for all, so that one is put in its place. */
async function tryAgainst(given: HttpCase, answering: Answering, limitMs = 5_000): Promise<Tried> {
  await using server = await answerHttp(answering);
  const url = server.at(`hooks/${SECRET}?key=${SECRET}`);
  const channel = channelOf(given.kind, { post: httpPost({ limitMs }), pagerdutyUrl: url });
  const sent = await channel.send(messageOf(), { kind: given.kind, ...given.settings(url) }, never);
  keepsSecrets(sent);
  return { sent, asked: server.asked.length };
}

function keepsSecrets(sent: Sent): void {
  const shown = JSON.stringify(sent) + inspect(sent, { depth: 9 });
  expect(shown).not.toContain(SECRET);
  expect(shown).not.toContain(TOKEN);
  expect(shown).not.toContain('text of theirs');
}

const failed = (error: string, more: object = {}): object => ({
  result: 'failed',
  error,
  again: false,
  retryAfterMs: null,
  disable: false,
  ...more,
});

describe.each(HTTP)('$kind', given => {
  test('is accepted, which is neither delivered nor answered', async () => {
    const { sent, asked } = await tryAgainst(given, given.takes);

    expect(sent.result).toBe('accepted');
    expect(asked).toBe(1);
  });

  test('tries again when nobody listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}/${SECRET}`;

    const sent = await channelOf(given.kind, { pagerdutyUrl: url }).send(messageOf(), given.settings(url), never);

    keepsSecrets(sent);
    expect(sent).toEqual(failed('unreachable', { again: true }));
  });

  test.each([
    ['says nothing', hang],
    ['never ends its answer', slowBody],
  ])('tries again when the other side %s', async (_title, answering) => {
    const { sent } = await tryAgainst(given, answering, LIMIT_MS);

    expect(sent).toEqual(failed('timeout', { again: true }));
  });

  test('ends when it is told to stop', async () => {
    await using server = await answerHttp(hang);
    const stop = new AbortController();
    const channel = channelOf(given.kind, { pagerdutyUrl: server.at('') });

    const sending = channel.send(messageOf(), given.settings(server.at('')), stop.signal);
    stop.abort();

    expect(await sending).toEqual(failed('stopped', { again: true }));
  });

  test('comes back when it is asked to, in seconds or at a date', async () => {
    const seconds = await tryAgainst(given, answer(429, 'text of theirs', { 'retry-after': '77' }));
    const date = await tryAgainst(given, answer(429, '', { 'retry-after': 'Sun, 08 Nov 2026 09:13:50 GMT' }));

    expect(seconds.sent).toEqual(failed('http-429', { again: true, retryAfterMs: 77_000 }));
    expect(date.sent).toEqual(failed('http-429', { again: true, retryAfterMs: 60_000 }));
  });

  test.each([408, 500, 502, 503])('tries again after %i', async status => {
    const { sent } = await tryAgainst(given, answer(status, 'text of theirs'));

    expect(sent).toEqual(failed(`http-${status}`, { again: true }));
  });

  test.each([400, 401, 403, 404, 422])('does not try again after %i', async status => {
    const { sent } = await tryAgainst(given, answer(status, `text of theirs ${SECRET}`));

    expect(sent).toEqual(failed(`http-${status}`));
  });

  test('switches off an address that is gone', async () => {
    const { sent } = await tryAgainst(given, answer(410));

    expect(sent).toEqual(failed('http-410', { disable: true }));
  });

  test('follows no redirect, above all none into the network', async () => {
    await using inside = await answerHttp(given.takes);

    const toLoopback = await tryAgainst(given, answer(307, '', { location: inside.at('admin') }));
    const toMetadata = await tryAgainst(given, answer(302, '', { location: 'http://169.254.169.254/latest/meta-data/' }));

    expect(toLoopback.sent).toEqual(failed('redirected'));
    expect(toMetadata.sent).toEqual(failed('redirected'));
    expect(inside.asked).toEqual([]);
  });

  test('reads no more than it needs of an answer without end', async () => {
    const { sent } = await tryAgainst(given, hugeBody(given.kind === 'slack' ? 200 : 202));

    expect(sent).toMatchObject(given.statusDecides ? { result: 'accepted' } : failed('unexpected-answer'));
  });

  test.each([
    'http://169.254.169.254/latest',
    'https://10.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
    'http://hooks.example/',
    'file:///etc/passwd',
    'nonsense',
  ])('sends nothing to %s', async url => {
    const sent = await channelOf(given.kind, { pagerdutyUrl: url }).send(messageOf(), given.settings(url), never);

    expect(sent).toEqual(failed('target-refused'));
  });

  test('answers with a code when the settings are of no use', async () => {
    expect(await channelOf(given.kind).send(messageOf(), { nothing: SECRET }, never)).toEqual(failed('settings-unusable'));
  });
});

describe('email', () => {
  const toPort = (port: number): object => ({ kind: 'email', server: `smtp://user:${SECRET}@127.0.0.1:${port}` });
  const tryMail = async (channel: Channel, port: number): Promise<Sent> => {
    const sent = await channel.send(messageOf(), toPort(port), never);
    keepsSecrets(sent);
    return sent;
  };

  test('is accepted, which is neither delivered nor answered', async () => {
    await using server = await receiveMail({ login: ['user', SECRET], allowInsecureAuth: true });

    expect(await tryMail(channelOf('email'), server.port)).toEqual({ result: 'accepted', providerId: '<e-0001.1@resurgam.example>' });
    expect(server.mails).toHaveLength(1);
  });

  test('does not try again with a password that was refused, and does not repeat it', async () => {
    await using server = await receiveMail({ login: ['user', 'another'], allowInsecureAuth: true });

    expect(await tryMail(channelOf('email'), server.port)).toEqual(failed('smtp-535'));
  });

  test('tries again when nobody listens', async () => {
    expect(await tryMail(channelOf('email'), await freePort())).toEqual(failed('unreachable', { again: true }));
  });

  test.each([
    ['says nothing at all', ''],
    ['greets and then says nothing', '220 hello\r\n'],
  ])('tries again when the server %s', async (_title, greeting) => {
    const held: Socket[] = [];
    const server = createServer(socket => held.push(socket.on('error', () => undefined)) && socket.write(greeting));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));

    const sent = await tryMail(channelOf('email', { mail: smtpMail({ limitMs: LIMIT_MS }) }), (server.address() as AddressInfo).port);

    expect(sent).toEqual(failed('timeout', { again: true }));
    held.forEach(socket => socket.destroy());
    server.close();
  });

  test('answers with a code when the settings are of no use', async () => {
    expect(await channelOf('email').send(messageOf(), { server: `ftp://${SECRET}@host` }, never)).toEqual(failed('settings-unusable'));
  });
});
