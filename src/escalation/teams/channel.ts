import { z } from 'zod';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Channel } from '../channel.ts';
import { httpChannel } from '../http-channel.ts';
import { cardOf } from './body.ts';

/** A Workflows webhook of Microsoft Teams. 202 means that it was taken and no more; nobody answers through it. */
export function teams(effects: ChannelEffects): Channel {
  return httpChannel(
    {
      kind: 'teams',
      settings: z.object({ url: z.string() }),
      takesHeartbeat: false,
      request: async (message, { url }) => ({
        url,
        body: cardOf(message, await effects.template('message/chat')),
        providerId: null,
      }),
      accepts: status => status === 202,
    },
    effects,
  );
}
