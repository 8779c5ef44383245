import type { ChannelEffects } from './channel-effects.ts';
import type { Channel } from './channel.ts';
import { email } from './email/channel.ts';
import { pagerduty } from './pagerduty/channel.ts';
import { slack } from './slack/channel.ts';
import { teams } from './teams/channel.ts';
import { webhook } from './webhook/channel.ts';

/** Every way to reach people there is: the only line outside its folder that a new one needs. */
export function allChannels(effects: ChannelEffects): readonly Channel[] {
  return [email, pagerduty, slack, teams, webhook].map(adapter => adapter(effects));
}
