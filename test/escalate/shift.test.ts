import { describe, expect, test } from 'vitest';
import { acknowledgeByName } from '../../src/escalate/acknowledge.ts';
import { happen } from '../../src/escalate/apply.ts';
import { handOver } from '../../src/escalate/hand-off.ts';
import { sendSignsOfLife } from '../../src/escalate/sign-of-life.ts';
import { clientNamed } from '../../src/escalate/tools.ts';
import { observed } from '../../src/escalation/seen.ts';
import { dueMatters } from '../../src/store/state/matters.ts';
import { never } from '../fixtures/channel-effects.ts';
import { answer, answerHttp } from '../fixtures/http-answerer.ts';
import { receiveMail } from '../fixtures/mail-server.ts';
import { desk, failed, hook, mail, people, SECRET, type Desk } from './desk.ts';

/** Day and night, each with a person; the director is always there. */
const SHIFTS = {
  contacts: {
    day: { name: 'Day', email: 'day@lakeside.example', calendar: 'day' },
    night: { name: 'Night', email: 'night@lakeside.example', calendar: 'night' },
    director: { name: 'Dana Reyes', email: 'dana@lakeside.example' },
  },
  ladder: { L1: ['day', 'night'], L2: ['director'] },
  calendars: { day: { hours: ['MON-SUN 07:00-19:00'] }, night: { hours: ['MON-SUN 19:00-07:00'] } },
  channels: { mail },
};

function handsOver(at: Desk): Promise<void> {
  return handOver(clientNamed(at.tools.fleet, 'lakeside'), at.tools);
}

describe('at the end of a shift', () => {
  test('who goes and who comes get what is open once, and L2 hears if nobody who came has answered in half an hour', async () => {
    await using post = await receiveMail();
    await using at = await desk({ client: SHIFTS, secrets: { SMTP: `smtp://127.0.0.1:${post.port}` }, publicUrl: 'https://r.example' });
    await at.happens(failed(at.clock));
    await at.send();
    const before = post.mails.length;
    at.clock = '2026-11-10T19:00:00.000Z';
    for (const minutes of [0, 1, 5]) {
      at.wait(minutes * 60_000);
      await handsOver(at);
      await at.send();
    }
    const handed = post.mails.slice(before);
    expect(handed.map(({ to }) => to[0]).toSorted()).toEqual(['day@lakeside.example', 'night@lakeside.example']);
    expect(handed[0]?.parsed.text?.replaceAll(/\s+/g, ' ')).toContain('P2 e-20261110-');

    at.clock = '2026-11-10T19:30:00.000Z';
    await handsOver(at);
    await handsOver(at);
    await at.send();
    expect(post.mails.slice(before + 2).map(({ to }) => to[0])).toEqual(['dana@lakeside.example']);
    const notices = (await at.entries('notice')).map(({ predicate }) => `${String(predicate['kind'])} ${String(predicate['recipient'])}`);
    expect(notices.toSorted()).toEqual(['hand-off day', 'hand-off night']);
  });

  test('L2 is left alone when whoever came has answered, and nobody hears anything when nothing is open', async () => {
    await using post = await receiveMail();
    await using at = await desk({ client: SHIFTS, secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
    at.clock = '2026-11-10T19:00:00.000Z';
    await handsOver(at);
    expect(await at.rows('select id from delivery')).toEqual([]);

    at.clock = '2026-11-11T06:00:00.000Z';
    await at.happens(failed(at.clock));
    at.clock = '2026-11-11T07:00:00.000Z';
    await handsOver(at);
    at.wait(60_000);
    await acknowledgeByName({ client: 'lakeside', escalation: (await at.matters())[0]?.id ?? '', by: 'day' }, at.tools);
    at.clock = '2026-11-11T07:31:00.000Z';
    await handsOver(at);

    expect(await at.rows("select id from delivery where id like 'hand-off%changed%'")).toEqual([]);
  });
});

test('what is of no hurry comes at eight in the morning, in one message, and each matter has its entry', async () => {
  await using post = await receiveMail();
  await using at = await desk({ client: people({ mail }), secrets: { SMTP: `smtp://127.0.0.1:${post.port}` } });
  const minor = (system: string) => observed('report-late', { at: at.clock, seq: 1, system, plan: system }, { occasion: 'november' });
  await at.happens(minor('lakeside-ehr'), minor('lakeside-lis'), minor('lakeside-pacs'));
  await at.send();
  expect(post.mails).toEqual([]);

  at.clock = '2026-11-11T08:00:00.000Z';
  for (const { id } of await at.at.state.all(tx => dueMatters(tx, at.clock))) {
    await at.at.state.of('lakeside', tx => happen({ tx, client: 'lakeside', tools: at.tools }, id, { kind: 'tick', at: at.clock }));
    // Another process may look for what is to be sent at any moment.
    await at.send();
  }
  at.wait(30_000);
  await at.send();

  expect(post.mails.length).toBe(1);
  expect(post.mails[0]?.parsed.subject).toContain('[P4] Digest: lakeside-ehr, lakeside-lis, lakeside-pacs, report late');
  expect((await at.entries('escalation-notified')).length).toBe(3);
  expect(await at.rows('select distinct state from delivery')).toEqual([{ state: 'accepted' }]);
});

test('a webhook hears a sign of life, and one that is gone is left alone', async () => {
  let status = 200;
  await using web = await answerHttp((response, asked) => answer(status)(response, asked));
  await using at = await desk({ client: people({ room: hook(web.at('x')), mail }), secrets: { SECRET } });
  const client = clientNamed(at.tools.fleet, 'lakeside');

  expect(await sendSignsOfLife(client, at.tools, never)).toBe(1);
  expect(JSON.parse(web.asked[0]?.body ?? '')).toMatchObject({ type: 'heartbeat', data: { client: 'lakeside' } });
  status = 410;
  expect(await sendSignsOfLife(client, at.tools, never)).toBe(0);
  expect(await sendSignsOfLife(client, at.tools, never)).toBe(0);
  expect(web.asked.length).toBe(2);
});
