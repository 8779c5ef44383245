import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyAll } from '../../src/escalate/apply.ts';
import type { EscalateTools } from '../../src/escalate/tools.ts';
import type { Matter } from '../../src/escalation/matter.ts';
import { proof } from '../../src/escalation/seen.ts';
import { matterById } from '../../src/store/state/matters.ts';
import { readTemplate } from '../../src/system/templates.ts';
import { registerEscalationPages } from '../../src/web/escalation.ts';
import { operationServer } from '../../src/web/server.ts';
import { clinic, planOf } from '../escalation/examples.ts';
import { linkTo, openMatter } from '../fixtures/open-matters.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const HOSTILE = '<script>alert(1)</script> & "EHR"';
let at: TestState;
let now: string;
let tools: EscalateTools;
let server: FastifyInstance;
beforeEach(async () => {
  at = await testState();
  now = '2026-11-22T09:12:00.000Z';
  const plan = planOf();
  tools = {
    state: at.state,
    fleet: { plans: [{ ...plan, system: { ...plan.system, name: HOSTILE, tier: 1 } }], clients: new Map([['lakeside', clinic()]]) },
    channels: new Map(),
    worker: 'rack-2.1',
    publicUrl: null,
    ledger: () => Promise.reject(new Error('no page needs the ledger')),
    secret: () => Promise.reject(new Error('no page needs a secret')),
    now: () => now,
    explain: () => undefined,
  };
  const template = await readTemplate('page/escalation');
  server = await operationServer({
    ...{ state: at.state, now: () => now, version: '0.1.0', plans: () => [] },
    register: [one => registerEscalationPages(one, { tools: () => tools, template })],
  });
});
afterEach(async () => {
  await server.close();
  await at[Symbol.asyncDispose]();
});

function open(id: string, token?: string): Promise<LightMyRequestResponse> {
  return server.inject({ method: 'GET', url: `/escalations/${id}`, query: token === undefined ? {} : { token } });
}

function press(id: string, token?: string): Promise<LightMyRequestResponse> {
  const payload = token === undefined ? '' : new URLSearchParams({ token }).toString();
  return server.inject({
    ...{ method: 'POST', url: `/escalations/${id}`, payload },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
}

async function stateOf({ id }: Matter): Promise<string | undefined> {
  const matter = await at.state.of('lakeside', tx => matterById(tx, id));
  return matter === undefined ? undefined : `${matter.state} ${matter.acknowledgedBy ?? 'by nobody'}`;
}

/** What a page says that tells nothing: of no system, no escalation, no person. In its nonce any letters may come by chance. */
function tellsNothing({ body }: LightMyRequestResponse): boolean {
  const said = body.replaceAll(/ nonce="[^"]*"/g, '');
  return said.includes('This link is not valid, or not any more') && !/lakeside|EHR|e-2026|On call|Dana/.test(said);
}

test('the button takes the matter in the name of the contact, once; opening the page does nothing', async () => {
  const matter = await openMatter(tools, 'drill-failed');
  const token = await linkTo(matter, 'it-director', tools);

  const opened = [await open(matter.id, token), await open(matter.id, token)];
  const before = await stateOf(matter);
  const pressed = await press(matter.id, token);
  const after = await stateOf(matter);
  const again = [await press(matter.id, token), await open(matter.id, token)];

  expect(opened.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect(opened[0]?.body).toContain('I am working on it');
  expect(opened[0]?.body).toContain('Signed as Dana Reyes');
  expect([before, pressed.statusCode, after]).toEqual(['open by nobody', 200, 'acknowledged it-director']);
  expect(pressed.body).toContain('Recorded for Dana Reyes');
  expect(pressed.body).not.toContain(token);
  expect(again.map(({ statusCode }) => statusCode)).toEqual([410, 404]);
  expect(again.map(tellsNothing)).toEqual([true, true]);
});

describe('a link that is none tells nothing and changes nothing', () => {
  test.each([
    ['without a token', undefined],
    ['with a wrong token', 'A'.repeat(43)],
    ['with a token that is none', '../../etc/passwd'],
  ])('%s', async (_, token) => {
    const matter = await openMatter(tools, 'drill-failed');

    const [opened, pressed] = [await open(matter.id, token), await press(matter.id, token)];

    expect([opened.statusCode, pressed.statusCode]).toEqual([404, 410]);
    expect([opened, pressed].map(tellsNothing)).toEqual([true, true]);
    expect(await stateOf(matter)).toBe('open by nobody');
  });

  test('with the token of another escalation, which is not used up by it', async () => {
    const [matter, other] = [await openMatter(tools, 'drill-failed'), await openMatter(tools, 'backup-failing')];
    const token = await linkTo(other, 'it-director', tools);

    const [opened, pressed] = [await open(matter.id, token), await press(matter.id, token)];

    expect([opened, pressed].map(tellsNothing)).toEqual([true, true]);
    expect([await stateOf(matter), await stateOf(other)]).toEqual(['open by nobody', 'open by nobody']);
    expect((await press(other.id, token)).statusCode).toBe(200);
  });

  test('of a matter that is over', async () => {
    const matter = await openMatter(tools, 'drill-failed');
    const token = await linkTo(matter, 'it-director', tools);
    now = '2026-11-22T10:00:00.000Z';
    const passed = proof('drill-passed', { at: now, seq: 9, system: 'lakeside-ehr', plan: 'lakeside-ehr' }, { trigger: 'schedule' });
    await at.state.of('lakeside', tx => applyAll({ tx, client: 'lakeside', tools }, [passed]));

    const [opened, pressed] = [await open(matter.id, token), await press(matter.id, token)];

    expect([opened, pressed].map(tellsNothing)).toEqual([true, true]);
    expect(await stateOf(matter)).toBe('resolved by nobody');
  });

  test('of somebody who is no contact any more', async () => {
    const matter = await openMatter(tools, 'drill-failed');
    const token = await linkTo(matter, 'somebody-who-left', tools);

    const [opened, pressed] = [await open(matter.id, token), await press(matter.id, token)];

    expect([opened, pressed].map(tellsNothing)).toEqual([true, true]);
    expect(await stateOf(matter)).toBe('open by nobody');
  });
});

test('two who press at the same moment: the link works for one of them', async () => {
  const matter = await openMatter(tools, 'drill-failed');
  const token = await linkTo(matter, 'it-director', tools);

  const pressed = await Promise.all([press(matter.id, token), press(matter.id, token), press(matter.id, token)]);

  expect(pressed.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410, 410]);
});

test('a hostile name of a system is shown as text', async () => {
  const matter = await openMatter(tools, 'drill-failed');

  const { body } = await open(matter.id, await linkTo(matter, 'it-director', tools));

  expect(body).not.toContain('<script>');
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;EHR&quot;');
});

test('no page may load, frame, be kept or send its address on; the form goes to itself alone', async () => {
  const matter = await openMatter(tools, 'drill-failed');
  const token = await linkTo(matter, 'it-director', tools);

  const answers = [await open(matter.id, token), await open(matter.id), await press(matter.id, token), await press(matter.id)];

  for (const { headers } of answers) {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'nonce-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
  }
  expect(new Set(answers.map(({ headers }) => headers['content-security-policy'])).size).toBe(answers.length);
});

test('what is no form is refused, and so is a form that is too large', async () => {
  const matter = await openMatter(tools, 'drill-failed');
  const post = (payload: string, type: string): Promise<LightMyRequestResponse> =>
    server.inject({ method: 'POST', url: `/escalations/${matter.id}`, payload, headers: { 'content-type': type } });

  const codes = [await post('<a/>', 'text/xml'), await post(`token=${'x'.repeat(5_000)}`, 'application/x-www-form-urlencoded')];

  expect(codes.map(({ statusCode }) => statusCode)).toEqual([415, 413]);
});

test('every step says what ends this matter, and not what does not', async () => {
  const [drill, backup] = [await openMatter(tools, 'drill-failed'), await openMatter(tools, 'backup-failing')];
  const bodyOf = async (matter: Matter): Promise<string> => {
    const { body } = await open(matter.id, await linkTo(matter, 'it-director', tools));
    return body.replaceAll(/<\/?span>/g, '');
  };

  expect(await bodyOf(drill)).toContain('resurgam drill lakeside-ehr --trigger retest');
  expect(await bodyOf(backup)).toContain(`resurgam escalation resolve ${backup.id}`);
  expect(await bodyOf(backup)).not.toContain('--trigger retest');
});
