import { z } from 'zod';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Channel, Message } from '../channel.ts';
import { httpChannel, type ChannelRequest } from '../http-channel.ts';
import { bodyOf, webhookId } from './body.ts';
import { readSecrets, sign } from './signature.ts';

const Settings = z.object({ url: z.string(), secret: z.string(), allowPrivate: z.array(z.string()).default([]) });

/** Any program that listens: Standard Webhooks, signed. Every 2xx means that it was taken. */
export function webhook(effects: ChannelEffects): Channel {
  return httpChannel(
    {
      kind: 'webhook',
      settings: Settings,
      takesHeartbeat: true,
      request: (message, settings) => Promise.resolve(signedRequest(message, settings, effects.now())),
      accepts: status => status >= 200 && status < 300,
    },
    effects,
  );
}

function signedRequest(message: Message, settings: z.output<typeof Settings>, now: string): ChannelRequest | undefined {
  const keys = readSecrets(settings.secret);
  if (keys === undefined) return undefined;
  const id = webhookId(message);
  const timestamp = String(Math.floor(Date.parse(now) / 1_000));
  const body = bodyOf(message);
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': sign(keys, { id, timestamp, body }) };
  return { url: settings.url, headers, body, providerId: id, allowPrivate: settings.allowPrivate };
}
