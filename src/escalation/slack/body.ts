import type { Message } from '../channel.ts';
import { messageView } from '../message-view.ts';
import { oneLine, shortened } from '../one-line.ts';
import { renderMessage } from '../render-message.ts';

/** Slack's own limits, in characters as they are sent. */
const LONGEST_HEADER = 150;
const LONGEST_SECTION = 3_000;

/** Blocks for an incoming webhook (escalation.md, section 12). `template` is the text for chats. */
export function blocksOf(message: Message, template: string): object {
  const view = messageView(message);
  const text = renderMessage(template, { ...view, strong: '*' }, 'text').trimEnd();
  const buttons = [
    ...(view.canAcknowledge ? [button('I am working on it', view.acknowledgeUrl)] : []),
    ...(view.hasUrl ? [button('Open', view.url)] : []),
  ];
  return {
    text: escaped(`${view.title}. ${oneLine(message.content.summary)}`, LONGEST_SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: escaped(view.title, LONGEST_HEADER) } },
      { type: 'section', text: { type: 'mrkdwn', text: escaped(text, LONGEST_SECTION) } },
      ...(buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []),
    ],
  };
}

/** Without this, a name such as `<!channel>` would call everybody. Cut so that no entity is cut through. */
export function escaped(text: string, most: number): string {
  let length = Math.min(most, text.length);
  let result = escape(shortened(text, length));
  while (result.length > most) {
    // An entity is at most five characters for one.
    length -= Math.ceil((result.length - most) / 5);
    result = escape(shortened(text, length));
  }
  return result;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function button(text: string, url: string): object {
  return { type: 'button', text: { type: 'plain_text', text }, url };
}
