import type { z } from 'zod';
import { concludeAnswer, failed } from './answer.ts';
import type { ChannelEffects } from './channel-effects.ts';
import type { Channel, Message, Sent } from './channel.ts';

export interface ChannelRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Private networks to which this may go. */
  readonly allowPrivate?: readonly string[];
  readonly providerId: string | null;
}

/** What is particular to one service that is reached by one POST. */
export interface HttpAdapter<S> {
  readonly kind: string;
  readonly settings: z.ZodType<S>;
  /** Whether a sign of life means anything to it. To people it does not. */
  readonly takesHeartbeat: boolean;
  /** `undefined`: nothing can be sent with these settings. */
  request(message: Message, settings: S, effects: ChannelEffects): Promise<ChannelRequest | undefined>;
  accepts(status: number, body: string): boolean;
}

/** A channel that is one POST; bad news of every kind is a value. */
export function httpChannel<S>(adapter: HttpAdapter<S>, effects: ChannelEffects): Channel {
  const send = async (message: Message, settings: unknown, stop: AbortSignal): Promise<Sent> => {
    if (message.kind === 'heartbeat' && !adapter.takesHeartbeat) return failed('not-for-this-channel');
    const known = adapter.settings.safeParse(settings);
    const request = known.success ? await adapter.request(message, known.data, effects) : undefined;
    if (request === undefined) return failed('settings-unusable');
    const { providerId, ...post } = request;
    const posted = await effects.post(post, stop);
    return concludeAnswer(posted, { accepts: (status, body) => adapter.accepts(status, body), providerId, now: effects.now() });
  };
  return { kind: adapter.kind, settings: adapter.settings, send };
}
