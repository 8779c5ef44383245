import { z } from 'zod';
import type { ChannelEffects } from '../channel-effects.ts';
import type { Channel } from '../channel.ts';
import { httpChannel } from '../http-channel.ts';
import { dedupKey, eventOf } from './body.ts';

const ENQUEUE = 'https://events.pagerduty.com/v2/enqueue';

/** A paging service, Events API v2. 202 means that it was taken. */
export function pagerduty(effects: ChannelEffects): Channel {
  return httpChannel(
    {
      kind: 'pagerduty',
      settings: z.object({ routingKey: z.string().min(1) }),
      takesHeartbeat: false,
      request: (message, { routingKey }) =>
        Promise.resolve({
          url: effects.pagerdutyUrl ?? ENQUEUE,
          body: JSON.stringify(eventOf(message, routingKey)),
          providerId: dedupKey(message),
        }),
      accepts: status => status === 202,
    },
    effects,
  );
}
