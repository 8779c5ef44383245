import { expect, test } from 'vitest';
import { dedupKey, eventOf } from '../../../src/escalation/pagerduty/body.ts';
import { channelOf, never } from '../../fixtures/channel-effects.ts';
import { answer, answerHttp } from '../../fixtures/http-answerer.ts';
import { CONTENT, EVERY_KIND, messageOf, TOKEN } from '../../fixtures/messages.ts';

const KEY = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00';

test('triggers as the reference says', () => {
  expect(eventOf(messageOf(), KEY)).toEqual({
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: 'lakeside/lakeside-ehr/drill-failed',
    client: 'Resurgam',
    client_url: 'https://resurgam.example/escalations/e-0001',
    payload: {
      summary: '[P2] Lakeside EHR: drill failed',
      source: 'lakeside-ehr',
      severity: 'error',
      timestamp: '2026-11-08T09:12:49.000Z',
      group: 'lakeside',
      class: 'drill-failed',
      custom_details: CONTENT,
    },
    links: [{ href: 'https://resurgam.example/escalations/e-0001', text: 'Open in Resurgam' }],
    images: [],
  });
});

test('acknowledges and resolves the same matter', () => {
  const key = 'lakeside/lakeside-ehr/drill-failed';

  expect(eventOf(messageOf({ kind: 'acknowledged' }), KEY)).toEqual({ routing_key: KEY, event_action: 'acknowledge', dedup_key: key });
  expect(eventOf(messageOf({ kind: 'resolved', id: 'e-0001.9' }), KEY)).toEqual({
    routing_key: KEY,
    event_action: 'resolve',
    dedup_key: key,
  });
});

test.each([
  ['P1', 'critical'],
  ['P2', 'error'],
  ['P3', 'warning'],
  ['P4', 'info'],
] as const)('calls %s %s', (severity, word) => {
  expect(eventOf(messageOf({}, { severity }), KEY)).toMatchObject({ payload: { severity: word } });
});

test('a test is a matter of its own, and wakes nobody', () => {
  expect(eventOf(messageOf({ kind: 'test' }), KEY)).toMatchObject({
    dedup_key: 'lakeside/lakeside-ehr/drill-failed/test/e-0001.1',
    payload: { severity: 'info', summary: '[Test] Lakeside EHR: nothing is wrong' },
  });
});

test('keeps keys and summaries within the limits', () => {
  const long = 'x'.repeat(2_000);
  const key = dedupKey(messageOf({}, { plan: long }));

  expect(key).toMatch(/^lakeside\/x{181}#[0-9a-f]{64}$/);
  expect(eventOf(messageOf({}, { system: long }), KEY)).toMatchObject({
    payload: { summary: expect.stringMatching(/^.{1024}$/) as string },
  });
});

test('never carries the single-use token', () => {
  expect(JSON.stringify(EVERY_KIND.map(kind => eventOf(messageOf({ kind }), KEY)))).not.toContain(TOKEN);
});

test('is accepted by 202, under its own key', async () => {
  await using server = await answerHttp(answer(202, '{"status":"success","dedup_key":"text of theirs"}'));

  const sent = await channelOf('pagerduty', { pagerdutyUrl: server.at('v2/enqueue') }).send(messageOf(), { routingKey: KEY }, never);

  expect(sent).toEqual({ result: 'accepted', providerId: 'lakeside/lakeside-ehr/drill-failed' });
  expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({ routing_key: KEY, event_action: 'trigger' });
});
