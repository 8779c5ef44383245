import type { Message } from '../channel.ts';
import { messageView, type MessageView } from '../message-view.ts';
import { shortened, withTexts } from '../one-line.ts';
import { renderMessage } from '../render-message.ts';
import { bothTimes } from '../wording.ts';

/**
 * Of the title, the text and each address, in UTF-16 units. A message may have 28 KB; with at most four bytes for one unit (a newline that
 * is doubled and escaped) all of them together stay below it.
 */
const LONGEST_TITLE = 200;
const LONGEST_TEXT = 4_000;
const LONGEST_URL = 2_000;

/** An adaptive card for a Workflows webhook (escalation.md, section 12). `template` is the text for chats. */
export function cardOf(message: Message, template: string): string {
  const view = withTexts(messageView(message), withoutLinks);
  const text = renderMessage(template, { ...view, strong: '**' }, 'text').trimEnd();
  return JSON.stringify(cardWith(message, view, shortened(text, LONGEST_TEXT)));
}

function cardWith(message: Message, view: MessageView, text: string): object {
  const body = [
    { type: 'TextBlock', size: 'Large', weight: 'Bolder', wrap: true, text: shortened(view.title, LONGEST_TITLE) },
    // A single newline is no new line in a card.
    { type: 'TextBlock', wrap: true, text: text.replaceAll(/\n+/g, '\n\n') },
    { type: 'FactSet', facts: factsOf(message) },
  ];
  const actions = [
    ...(view.canAcknowledge ? [action('I am working on it', view.acknowledgeUrl)] : []),
    ...(view.hasUrl ? [action('Open', view.url)] : []),
  ].filter(each => each.url.length <= LONGEST_URL);
  const schema = 'http://adaptivecards.io/schemas/adaptive-card.json';
  const content = { $schema: schema, type: 'AdaptiveCard', version: '1.4', body, actions };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
}

function factsOf({ content, timeZone, kind }: Message): readonly object[] {
  const isOpen = kind !== 'resolved' && kind !== 'executive' && kind !== 'test';
  const due = (title: string, at: string | null): object[] => (at === null || !isOpen ? [] : [{ title, value: bothTimes(at, timeZone) }]);
  return [...due('Respond by', content.respondBy), ...due('Resolve by', content.resolveBy), { title: 'Severity', value: content.severity }];
}

/** Texts of a card are read as Markdown: a name must not become a link that says one thing and opens another. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

function action(title: string, url: string): { readonly type: string; readonly title: string; readonly url: string } {
  return { type: 'Action.OpenUrl', title, url };
}
