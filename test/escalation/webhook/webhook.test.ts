import { expect, test } from 'vitest';
import { bodyOf, webhookId } from '../../../src/escalation/webhook/body.ts';
import { readSecrets, sign } from '../../../src/escalation/webhook/signature.ts';
import { channelOf, never } from '../../fixtures/channel-effects.ts';
import { answer, answerHttp } from '../../fixtures/http-answerer.ts';
import { CONTENT, EVERY_KIND, messageOf, TOKEN } from '../../fixtures/messages.ts';

const OURS = 'whsec_cmVzdXJnYW0tZXhhbXBsZS1zZWNyZXQtMzItYnl0ZXM=';
const THEIRS = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

test.each([
  {
    whose: 'ours',
    secret: OURS,
    parts: {
      id: 'msg_e-0001_opened_1',
      timestamp: '1794129135',
      body: '{"type":"escalation.opened","timestamp":"2026-11-08T09:12:14.000Z","data":{"escalation":"e-0001","severity":"P2"}}',
    },
    signature: 'v1,yt2X3+XK+Eraz1NlB50pMzwb/Z+zT0iZ0YsmUBCHfIM=',
  },
  {
    whose: "the specification's own",
    secret: THEIRS,
    parts: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' },
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
])('signs the test value: $whose', ({ secret, parts, signature }) => {
  expect(sign(readSecrets(secret) ?? [], parts)).toBe(signature);
});

test('signs with each secret while one is exchanged', () => {
  const parts = { id: 'msg_1', timestamp: '1', body: '{}' };
  const alone = (secret: string): string => sign(readSecrets(secret) ?? [], parts);

  expect(alone(`${OURS} ${THEIRS}`)).toBe(`${alone(OURS)} ${alone(THEIRS)}`);
});

test.each(['', 'secret', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(120)}`, `${OURS} short`, 'whsec_***'])(
  'takes no "%s" for a secret',
  async secret => {
    expect(readSecrets(secret)).toBeUndefined();
    expect(await channelOf('webhook').send(messageOf(), { url: 'https://hooks.example/', secret }, never)).toMatchObject({
      error: 'settings-unusable',
      again: false,
    });
  },
);

test('keeps its id over tries while the timestamp goes on', async () => {
  await using server = await answerHttp(answer(200));
  const times = ['2026-11-08T09:12:50.000Z', '2026-11-08T09:12:55.000Z'];

  for (const now of times) {
    const clock = { now: () => now };
    const sent = await channelOf('webhook', clock).send(messageOf(), { url: server.at('hook'), secret: OURS }, never);
    expect(sent).toEqual({ result: 'accepted', providerId: 'msg_e-0001_opened_1' });
  }

  const [first, second] = server.asked;
  expect([first?.headers['webhook-id'], second?.headers['webhook-id']]).toEqual(['msg_e-0001_opened_1', 'msg_e-0001_opened_1']);
  expect([first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp']]).toEqual(['1794129170', '1794129175']);
  expect(first?.body).toBe(second?.body);
  const parts = { id: 'msg_e-0001_opened_1', timestamp: '1794129175', body: second?.body ?? '' };
  expect(second?.headers['webhook-signature']).toBe(sign(readSecrets(OURS) ?? [], parts));
});

test('carries the common content and no single-use token', () => {
  expect(JSON.parse(bodyOf(messageOf()))).toEqual({ type: 'escalation.opened', timestamp: '2026-11-08T09:12:49.000Z', data: CONTENT });
  expect(EVERY_KIND.map(kind => bodyOf(messageOf({ kind }))).join('')).not.toContain(TOKEN);
});

test('has the types of the reference', () => {
  const typeOf = (kind: (typeof EVERY_KIND)[number]): unknown => (JSON.parse(bodyOf(messageOf({ kind }))) as { type: unknown }).type;

  expect((['opened', 'changed', 'acknowledged', 'resolved', 'heartbeat'] as const).map(typeOf)).toEqual([
    'escalation.opened',
    'escalation.changed',
    'escalation.acknowledged',
    'escalation.resolved',
    'heartbeat',
  ]);
});

test('has an id without dots, whatever the message is called', () => {
  expect(webhookId(messageOf({ id: 'heartbeat.2026-11-08T09:12', kind: 'heartbeat' }))).toBe(
    'msg_e-0001_heartbeat_heartbeat_2026-11-08T09_12',
  );
});
