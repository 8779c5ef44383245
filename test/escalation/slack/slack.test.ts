import { expect, test } from 'vitest';
import { blocksOf, escaped } from '../../../src/escalation/slack/body.ts';
import { readTemplateText } from '../../../src/system/template-texts.ts';
import { channelOf, never } from '../../fixtures/channel-effects.ts';
import { answer, answerHttp } from '../../fixtures/http-answerer.ts';
import { EVERY_KIND, messageOf, TOKEN } from '../../fixtures/messages.ts';

interface Blocks {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text?: { readonly type: string; readonly text: string };
    readonly elements?: readonly unknown[];
  }[];
}

const template = await readTemplateText()('message/chat');
const blocks = (...given: Parameters<typeof messageOf>): Blocks => blocksOf(messageOf(...given), template) as Blocks;

test('has a header, what there is to know, and the buttons', () => {
  const { text, blocks: list } = blocks();

  expect(text).toBe('P2 Lakeside EHR: drill failed. Drill of Lakeside EHR failed: fewer rows than the source had (public.encounter)');
  expect(list.map(block => block.type)).toEqual(['header', 'section', 'actions']);
  expect(list[0]?.text).toEqual({ type: 'plain_text', text: 'P2 Lakeside EHR: drill failed' });
  expect(list[1]?.text).toMatchObject({ type: 'mrkdwn' });
  expect(list[1]?.text?.text).toContain('*What is wrong*\nDrill of Lakeside EHR failed');
  expect(list[1]?.text?.text).toContain('opening the link does nothing by itself');
  expect(list[2]?.elements?.[0]).toEqual({
    type: 'button',
    text: { type: 'plain_text', text: 'I am working on it' },
    url: `https://resurgam.example/escalations/e-0001/answer?token=${TOKEN}`,
  });
});

test('lets no name call a channel or hide a link', () => {
  const shown = JSON.stringify(blocks({}, { system: '<!channel> & <https://evil.example|Resurgam>', summary: '<@U123>' }));

  expect(shown).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example|Resurgam&gt;');
  expect(shown).not.toMatch(/[<>]/);
});

test.each(EVERY_KIND)('stays within the limits of Slack, whatever a plan says (%s)', kind => {
  const long = '<&>👩 '.repeat(2_000);

  const { text, blocks: list } = blocks({ kind }, { system: long, summary: long, downtimeProcedure: long });

  expect(list[0]?.text?.text.length).toBeLessThanOrEqual(150);
  expect(list[1]?.text?.text.length).toBeLessThanOrEqual(3_000);
  expect(text.length).toBeLessThanOrEqual(3_000);
  expect(list.length).toBeLessThanOrEqual(50);
  expect([text, ...list.map(block => block.text?.text ?? '')].join('')).not.toMatch(/&(?!amp;|lt;|gt;)|\p{Cs}/u);
});

test('fills the room that there is and cuts no entity', () => {
  expect(escaped('&'.repeat(10), 50)).toBe('&amp;'.repeat(10));
  expect(escaped('&'.repeat(10), 49)).toBe(`${'&amp;'.repeat(8)}…`);
});

test('has no empty row of buttons', () => {
  expect(blocks({ acknowledgeUrl: null }, { url: null }).blocks.map(block => block.type)).toEqual(['header', 'section']);
});

test('is not accepted by a 200 that does not say ok', async () => {
  await using server = await answerHttp(answer(200, '<html>please log in</html>'));

  const sent = await channelOf('slack').send(messageOf(), { url: server.at('services/T/B/x') }, never);

  expect(sent).toMatchObject({ result: 'failed', error: 'unexpected-answer', again: false });
});

test('is for people: no sign of life', async () => {
  expect(await channelOf('slack').send(messageOf({ kind: 'heartbeat' }), { url: 'https://x.example' }, never)).toMatchObject({
    error: 'not-for-this-channel',
  });
});
