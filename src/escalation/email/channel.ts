import { z } from 'zod';
import type { MailFault } from '../../system/smtp.ts';
import { failed } from '../answer.ts';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Channel, Message, Sent } from '../channel.ts';
import { isAddress, mailOf, messageIdOf, usualSender } from './mail.ts';
import { readServer } from './server.ts';

const Settings = z.object({ from: z.string().optional(), server: z.string().optional() });

/** Mail over SMTP, one for each contact. 250 means that it was taken. */
export function email(effects: ChannelEffects): Channel {
  const send = async (message: Message, settings: unknown, stop: AbortSignal): Promise<Sent> => {
    if (message.kind === 'heartbeat') return failed('not-for-this-channel');
    const known = Settings.safeParse(settings);
    const server = known.success ? readServer(known.data.server) : undefined;
    const from = known.data?.from ?? usualSender(message);
    if (server === undefined || !isAddress(from)) return failed('settings-unusable');
    const to = message.contact.email;
    if (to === null) return failed('no-address');
    if (!isAddress(to)) return failed('address-unusable');
    const mailed = await effects.mail(await mailOf(message, { from, to }, effects), server, stop);
    if (mailed.outcome === 'accepted') return { result: 'accepted', providerId: messageIdOf(message) };
    return failed(mailed.fault, { again: isPassing(mailed.fault) });
  };
  return { kind: 'email', settings: Settings, send };
}

/** 4xx is "not now" (greylisting above all), 5xx is "no". */
function isPassing(fault: MailFault): boolean {
  return fault === 'timeout' || fault === 'stopped' || fault === 'unreachable' || /^smtp-4\d\d$/.test(fault);
}
