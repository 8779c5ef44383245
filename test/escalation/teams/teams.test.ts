import { expect, test } from 'vitest';
import { cardOf } from '../../../src/escalation/teams/body.ts';
import { readTemplateText } from '../../../src/system/template-texts.ts';
import { channelOf, never } from '../../fixtures/channel-effects.ts';
import { answer, answerHttp } from '../../fixtures/http-answerer.ts';
import { EVERY_KIND, messageOf, TOKEN } from '../../fixtures/messages.ts';

const template = await readTemplateText()('message/chat');

test('is one adaptive card, as the Workflows webhook wants it', () => {
  const card = JSON.parse(cardOf(messageOf(), template)) as object;

  expect(card).toMatchObject({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'Large', weight: 'Bolder', wrap: true, text: 'P2 Lakeside EHR: drill failed' },
            { type: 'TextBlock', wrap: true, text: expect.stringContaining('**What is wrong**\n\nDrill of Lakeside EHR failed') as string },
            {
              type: 'FactSet',
              facts: [
                { title: 'Respond by', value: '8 November 2026, 03:42 in America/Chicago (09:42 UTC)' },
                { title: 'Resolve by', value: '8 November 2026, 11:12 in America/Chicago (17:12 UTC)' },
                { title: 'Severity', value: 'P2' },
              ],
            },
          ],
          actions: [
            { type: 'Action.OpenUrl', title: 'I am working on it', url: expect.stringContaining(TOKEN) as string },
            { type: 'Action.OpenUrl', title: 'Open', url: 'https://resurgam.example/escalations/e-0001' },
          ],
        },
      },
    ],
  });
});

test.each(EVERY_KIND)('stays within 28 KB, whatever a plan says (%s)', kind => {
  for (const one of ['医', '"', '👩', 'x ']) {
    const long = one.repeat(20_000);
    const url = `https://resurgam.example/${'é'.repeat(9_000)}`;

    const card = cardOf(messageOf({ kind, acknowledgeUrl: url }, { system: long, summary: long, downtimeProcedure: long, url }), template);

    expect(Buffer.byteLength(card)).toBeLessThanOrEqual(28 * 1_024);
  }
});

test('lets no name become a link', () => {
  expect(cardOf(messageOf({}, { system: '[Open](https://evil.example)' }), template)).not.toContain('](');
});

test('is accepted by 202 alone', async () => {
  await using server = await answerHttp(answer(200, 'Webhook message delivery failed with error: 429'));

  const sent = await channelOf('teams').send(messageOf(), { url: server.at('workflows/1') }, never);

  expect(sent).toMatchObject({ result: 'failed', error: 'unexpected-answer', again: false });
});
