import type { Mail, Mailbox } from '../../system/smtp.ts';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Message } from '../channel.ts';
import { messageView } from '../message-view.ts';
import { oneLine } from '../one-line.ts';
import { renderMessage } from '../render-message.ts';

/** As in client.yaml, when it says nothing. */
const DOMAIN = 'resurgam.local';

/** A plain address and nothing that a list, a group, a comment or a second address could hide in. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** Of whom it comes, if the setting does not say. */
export function usualSender(message: Message): string {
  return `resurgam@${domainOf(message)}`;
}

/** The id under which mail programs thread: `<e-0001.1@resurgam.example>`, the same over all tries. */
export function messageIdOf(message: Message, id = message.id): string {
  return `<${id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}@${domainOf(message)}>`;
}

/** The mail as a whole: header fields of section 12, text and HTML of the same view. Rejects if a template does not fit. */
export async function mailOf(
  message: Message,
  way: { readonly from: string; readonly to: string },
  effects: ChannelEffects,
): Promise<Mail> {
  const { content, contact } = message;
  const view = messageView(message);
  const rendered = async (name: string, as: 'html' | 'text'): Promise<string> =>
    renderMessage(await effects.template(`message/${name}`), view, as);
  const isUrgent = content.severity === 'P1' || content.severity === 'P2';
  return {
    from: mailbox('Resurgam', way.from),
    to: mailbox(contact.name, way.to),
    subject: oneLine(await rendered('subject', 'text')),
    text: await rendered('mail-text', 'text'),
    html: await rendered('mail-html', 'html'),
    messageId: messageIdOf(message),
    inReplyTo: message.inReplyTo === null ? null : messageIdOf(message, message.inReplyTo),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(isUrgent ? { Importance: 'high' } : {}),
      'X-Resurgam-Escalation': oneLine(content.escalation),
      'X-Resurgam-Severity': content.severity,
    },
    date: new Date(effects.now()),
  };
}

function domainOf(message: Message): string {
  const domain = message.domain ?? DOMAIN;
  return /^[A-Za-z0-9.-]{1,253}$/.test(domain) ? domain : DOMAIN;
}

function mailbox(name: string, address: string): Mailbox {
  return { name: oneLine(name), address };
}
