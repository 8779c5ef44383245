import { describe, expect, test } from 'vitest';
import { sendTest } from '../../src/escalate/test-message.ts';
import { notificationFailed, testDelivered } from '../../src/escalation/conditions-of.ts';
import { putEntries } from '../../src/store/state/outbox.ts';
import { takeDue } from '../../src/store/state/deliveries.ts';
import { never } from '../fixtures/channel-effects.ts';
import { freePort } from '../fixtures/free-port.ts';
import { answer, answerHttp, hang } from '../fixtures/http-answerer.ts';
import { receiveMail } from '../fixtures/mail-server.ts';
import { desk, failed, hook, mail, passed, people, SECRET, type Desk } from './desk.ts';

const SECONDS = 1_000;

async function deliveries(at: Desk): Promise<readonly string[]> {
  const rows = await at.rows('select id, contact, channel, state, attempt, error from delivery order by made_at, id');
  return rows.map(
    row => `${String(row['contact'])} ${String(row['channel'])} ${String(row['state'])} ${String(row['attempt'])} ${String(row['error'])}`,
  );
}

async function tried(at: Desk): Promise<readonly string[]> {
  const entries = await at.entries('escalation-notified');
  return entries.map(
    ({ predicate: of }) =>
      `${String(of['contact'])} ${String(of['channel'])} ${String(of['attempt'])} ${String(of['error'] ?? of['result'])}`,
  );
}

describe('a message', () => {
  test('is tried after 5 s, 30 s, 2 min and 10 min, then by the next channel, and each try is an entry', async () => {
    await using web = await answerHttp(answer(500));
    await using post = await receiveMail();
    const secrets = { SECRET, SMTP: `smtp://127.0.0.1:${post.port}` };
    await using at = await desk({ client: people({ room: hook(web.at('x')), mail }), secrets });
    await at.happens(failed(at.clock));

    const tries: number[] = [];
    for (const wait of [0, 4, 1, 29, 1, 119, 1, 599, 1]) {
      at.wait(wait * SECONDS);
      tries.push(await at.send());
    }

    expect(tries).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 2]);
    expect(web.asked.length).toBe(5);
    expect(new Set(web.asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(post.mails.length).toBe(1);
    await at.send();
    expect(await tried(at)).toEqual([...[1, 2, 3, 4, 5].map(n => `on-call room ${n} http-500`), 'on-call mail 1 accepted']);
  });

  test('waits as long as the other side asks, and not longer than the next channel would take', async () => {
    let after = '60';
    await using web = await answerHttp((response, asked) => answer(429, '', { 'retry-after': after })(response, asked));
    await using at = await desk({ client: people({ room: hook(web.at('x')) }), secrets: { SECRET } });
    await at.happens(failed(at.clock));
    await at.send();
    at.wait(59 * SECONDS);
    expect(await at.send()).toBe(0);
    after = '3600';
    at.wait(SECONDS);
    await at.send();

    expect((await deliveries(at))[0]).toBe('on-call room failed 2 http-429');
  });

  test('is taken when greylisting is over', async () => {
    let code = 451;
    await using post = await receiveMail({ recipientCode: () => code });
    await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    await at.happens(failed(at.clock));
    await at.send();
    code = 250;
    at.wait(5 * SECONDS);
    await at.send();
    await at.send();

    expect(await tried(at)).toEqual(['on-call mail 1 smtp-451', 'on-call mail 2 accepted']);
  });

  test('is tried again when the other side hangs, and at the end of a process without counting', async () => {
    await using web = await answerHttp(hang);
    await using at = await desk({ client: people({ room: hook(web.at('x')) }), secrets: { SECRET }, post: { limitMs: 2_000 } });
    await at.happens(failed(at.clock));
    await at.send();
    expect(await deliveries(at)).toEqual(['on-call room waiting 1 timeout']);

    at.wait(5 * SECONDS);
    const stop = new AbortController();
    const sending = at.send(stop.signal);
    while (web.asked.length < 2) await new Promise(resolve => setTimeout(resolve, 5));
    stop.abort();
    await sending;

    expect(await deliveries(at)).toEqual(['on-call room waiting 1 timeout']);
    expect((await tried(at)).length).toBe(1);
  });

  test('that was handed over when the process was asked to end is not sent again', async () => {
    const stop = new AbortController();
    let taken = 0;
    await using post = await receiveMail({
      onData: (stream, _session, done) => {
        stream.resume().on('end', () => {
          taken += 1;
          stop.abort();
          setTimeout(done, 20);
        });
      },
    });
    await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    await at.happens(failed(at.clock));
    await at.send(stop.signal);
    await at.send();

    expect(taken).toBe(1);
    expect(await deliveries(at)).toEqual(['on-call mail accepted 1 null']);
  });

  test('does not follow a redirect to a private address, and carries no personal link into a room', async () => {
    await using web = await answerHttp(answer(302, '', { location: 'http://169.254.169.254/latest/meta-data' }));
    await using room = await answerHttp(answer(200, 'ok'));
    const slack = { kind: 'slack', url: { env: 'SLACK' } };
    const secrets = { SECRET, SLACK: room.at('services/x') };
    await using at = await desk({ client: people({ hook: hook(web.at('x')), slack }), secrets, publicUrl: 'https://resurgam.example' });
    await at.happens(failed(at.clock));
    await at.send();
    await at.send();

    expect(await tried(at)).toEqual(['on-call hook 1 redirected', 'on-call slack 1 accepted']);
    expect(room.asked[0]?.body).toContain('https://resurgam.example/escalations/');
    expect(room.asked[0]?.body).not.toContain('token=');
    expect(await at.rows('select count(*)::int as made from acknowledge_token')).toEqual([{ made: 1 }]);
  });

  test('is not sent to an address that said it is gone, until a test is taken or the setting changes', async () => {
    let status = 410;
    await using web = await answerHttp((response, asked) => answer(status)(response, asked));
    await using post = await receiveMail();
    const secrets = { SECRET, SMTP: `smtp://127.0.0.1:${post.port}` };
    await using at = await desk({ client: people({ room: hook(web.at('x')), mail }), secrets });
    await at.happens(failed(at.clock, 1));
    await at.send();
    at.wait(SECONDS);
    await at.happens(failed(at.clock, 2));
    await at.send();
    expect(web.asked.length).toBe(1);
    expect(post.mails.length).toBeGreaterThanOrEqual(2);

    status = 200;
    const test_ = await sendTest({ client: 'lakeside', contact: 'on-call' }, at.tools, never);
    expect(test_.map(({ sent }) => sent.result)).toEqual(['accepted', 'accepted']);
    at.wait(SECONDS);
    await at.happens(failed(at.clock, 3));
    await at.send();
    expect(web.asked.length).toBe(3);
  });

  test('left by a process that died is sent by the next one under the same id, once its lease is over', async () => {
    await using post = await receiveMail();
    await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    await at.happens(failed(at.clock));
    const [taken] = await takeNow(at);
    expect(taken).toBeUndefined();
    await at.rows('delete from outbox');
    const [left] = await takeNow(at);
    expect(await at.send()).toBe(0);
    at.wait(120 * SECONDS);
    await at.send();

    expect(post.mails.map(({ parsed }) => parsed.messageId)).toEqual([`<${left?.id ?? ''}@resurgam.local>`]);
    expect(await deliveries(at)).toEqual(['on-call mail accepted 2 null']);
  });

  test('is not sent while what it rests on cannot be written, and that holds up nobody else', async () => {
    await using post = await receiveMail();
    await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    await at.happens(failed(at.clock));
    const whole = (client: string) => at.other().then(({ ledger }) => (client === 'lakeside' ? ledger : at.ledger));
    Object.assign(at.tools, { ledger: () => Promise.reject(new Error('the disk is full')) });
    expect(await at.send()).toBe(0);
    expect(at.said).toContain('messages of lakeside: the disk is full');

    Object.assign(at.tools, { ledger: whole });
    expect(await at.send()).toBe(1);
    expect(post.mails.length).toBe(1);
    expect((await at.entries()).map(({ type }) => type)).toEqual(['genesis', 'escalation-opened', 'escalation-notified']);
  });

  test('goes out although an entry was refused: one bad entry silences nobody', async () => {
    await using post = await receiveMail();
    await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    const bad = { type: 'heartbeat', actor: { kind: 'worker', id: 'w' }, fields: { worker: 'not an id' } };
    await at.at.state.of('lakeside', tx => putEntries(tx, 'lakeside', [bad as never]));
    await at.happens(failed(at.clock));

    expect(await at.send()).toBe(1);
    expect(post.mails.length).toBe(1);
  });

  test('of a client that is not known here is left alone', async () => {
    await using at = await desk({ client: people({ mail }), secrets: {} });
    await at.happens(failed(at.clock));

    const { deliverDue } = await import('../../src/escalate/deliver.ts');
    expect(await deliverDue(at.tools, { clients: [], stop: never })).toBe(0);
    expect(await deliveries(at)).toEqual(['on-call mail waiting 0 null']);
  });
});

function takeNow(at: Desk) {
  return takeDue(at.at.state, { clients: ['lakeside'], now: at.clock, leaseMs: 120_000, most: 20 });
}

describe('a contact who cannot be reached', () => {
  test('passes it to the next tier at once and is a matter of its own, which a test message ends', async () => {
    await using web = await answerHttp(answer(404));
    await using post = await receiveMail();
    const secrets = { SECRET, SMTP: `smtp://127.0.0.1:${post.port}` };
    const client = people({ room: hook(web.at('x')), mail });
    const contacts = { ...client.contacts, 'on-call': { name: 'On call', channels: ['room'] } };
    await using at = await desk({ client: { ...client, contacts }, secrets });
    await at.happens(failed(at.clock));
    await at.send();

    expect(post.mails.map(({ parsed }) => parsed.subject?.replace(/\(.*/, '').trim()).toSorted()).toEqual([
      '[P2] lakeside-ehr: drill failed',
      '[P2] on-call: notification failed',
    ]);
    expect((await at.matters()).map(({ condition, system }) => `${condition} ${system}`).toSorted()).toEqual([
      'drill-failed lakeside-ehr',
      'notification-failed on-call',
    ]);
    at.wait(SECONDS);
    await at.happens(testDelivered({ at: at.clock, seq: 99, system: 'on-call', plan: null }));
    expect((await at.matters()).find(({ condition }) => condition === 'notification-failed')?.state).toBe('resolved');
  });

  test('leads to no endless calling when nobody at all can be reached, also with a channel that is named twice', async () => {
    const room = hook(`http://127.0.0.1:${await freePort()}/x`);
    const client = people({ room });
    const contacts = { 'on-call': { name: 'On call', channels: ['room', 'room'] }, director: { name: 'D', channels: [] } };
    await using at = await desk({ client: { ...client, contacts }, secrets: { SECRET } });
    await at.happens(failed(at.clock));
    for (let minute = 0; minute < 20; minute += 1) {
      await at.send();
      at.wait(60 * SECONDS);
    }

    const before = (await deliveries(at)).length;
    for (let turn = 0; turn < 5; turn += 1) await at.send();
    expect((await deliveries(at)).length).toBe(before);
    expect(before).toBeLessThan(16);
  });

  test('is not forgotten when the process dies between the last try and what follows from it', async () => {
    await using web = await answerHttp(answer(404));
    await using at = await desk({ client: people({ room: hook(web.at('x')) }), secrets: { SECRET } });
    await at.happens(failed(at.clock));
    await at.rows("update delivery set state = 'exhausted', attempt = 5");
    await at.send();

    expect((await at.matters()).map(({ condition }) => condition)).toContain('notification-failed');
    expect((await at.matters()).find(({ condition }) => condition === 'drill-failed')?.ladder.reached).toBe('L2');
    expect(notificationFailed({ at: at.clock, seq: 1, system: 'x', plan: null }, 'm').kind).toBe('observed');
  });
});

describe('what makes no sense any more', () => {
  test('is not sent after the matter was resolved, also when it was on its way just then', async () => {
    await using web = await answerHttp(answer(500));
    await using at = await desk({ client: people({ room: hook(web.at('x')) }), secrets: { SECRET } });
    await at.happens(failed(at.clock));
    await at.send();
    at.wait(SECONDS);
    await at.happens(passed(at.clock));
    expect(await deliveries(at)).toEqual(['on-call room dropped 1 resolved', 'on-call room waiting 0 null']);
    at.wait(600 * SECONDS);
    await at.send();

    expect(web.asked.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['escalation.opened', 'escalation.resolved']);
  });

  test('is left out when the same comes again before anybody was told', async () => {
    await using web = await answerHttp(answer(200));
    await using at = await desk({ client: people({ room: hook(web.at('x')) }), secrets: { SECRET } });
    const late = (seq: number) => ({ ...failed(at.clock, seq), condition: 'objective-missed' }) as never;
    for (let seq = 1; seq <= 50; seq += 1) await at.happens(late(seq));
    await at.send();

    expect(web.asked.length).toBe(2);
    expect(web.asked[1]?.body).toContain('"repeats":49');
  });
});
