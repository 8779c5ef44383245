import { z } from 'zod';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Channel } from '../channel.ts';
import { httpChannel } from '../http-channel.ts';
import { blocksOf } from './body.ts';

/** An incoming webhook of Slack. 200 with the body `ok` means that it was taken; nobody answers through it. */
export function slack(effects: ChannelEffects): Channel {
  return httpChannel(
    {
      kind: 'slack',
      settings: z.object({ url: z.string() }),
      takesHeartbeat: false,
      request: async (message, { url }) => ({
        url,
        body: JSON.stringify(blocksOf(message, await effects.template('message/chat'))),
        providerId: null,
      }),
      accepts: (status, body) => status === 200 && body.trim() === 'ok',
    },
    effects,
  );
}
