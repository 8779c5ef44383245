import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { humanOf, pagerdutySignatureHolds } from '../../src/escalation/pagerduty-answer.ts';

const SECRET = 'signing-secret';
const BODY = '{"event":{"id":"01"}}';
const signed = (body: string, secret = SECRET): string => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;

function event(agent: object | null, more: object = {}): object {
  return {
    event: { event_type: 'incident.acknowledged', occurred_at: '2026-11-08T09:20:00Z', agent, data: { incident_key: 'a/b/c' }, ...more },
  };
}

const USER = { id: 'PLH1HKV', type: 'user_reference', summary: 'Dana Reyes', html_url: 'https://acme.pagerduty.com/users/PLH1HKV' };

test('holds for the body that was signed, also while a secret is exchanged', () => {
  expect(pagerdutySignatureHolds(BODY, signed(BODY), SECRET)).toBe(true);
  expect(pagerdutySignatureHolds(Buffer.from(BODY), `${signed(BODY, 'old')}, ${signed(BODY)}`, SECRET)).toBe(true);
});

test.each([
  ['another body', signed(`${BODY} `)],
  ['another secret', signed(BODY, 'other')],
  ['no version', signed(BODY).slice(3)],
  ['half a signature', signed(BODY).slice(0, 40)],
  ['nothing', ''],
  ['no header', undefined],
])('does not hold for %s', (_title, header) => {
  expect(pagerdutySignatureHolds(BODY, header, SECRET)).toBe(false);
});

test('does not hold under an empty secret', () => {
  expect(pagerdutySignatureHolds(BODY, signed(BODY, ''), '')).toBe(false);
});

test('knows the user who acknowledged', () => {
  expect(humanOf(event(USER))).toEqual({ user: 'PLH1HKV', name: 'Dana Reyes', dedupKey: 'a/b/c', occurredAt: '2026-11-08T09:20:00Z' });
});

test.each([
  ['a rule', event({ id: 'P1', type: 'event_orchestration_reference' })],
  ['a service', event({ id: 'P1', type: 'service_reference', summary: 'Dana Reyes' })],
  ['nobody', event(null)],
  ['another event', event(USER, { event_type: 'incident.resolved' })],
  ['nonsense', 'nonsense'],
  ['null', null],
])('takes %s for no person', (_title, given) => {
  expect(humanOf(given)).toBeUndefined();
});
