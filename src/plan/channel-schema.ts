import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { secretOption } from './values.ts';
import { textOption } from './words.ts';

const BUSINESS = /^([1-9]\d{0,3}) business (hours?|days?)$/;

/** A time within which somebody must answer: elapsed, or counted in business hours or days of a calendar. */
export type ResponseTime = { readonly ms: number } | { readonly businessHours: number } | { readonly businessDays: number };

/** In the file `15m`, `4 business hours`, `2 business days`. */
export function responseTimeOption(): z.ZodType<ResponseTime, string> {
  const expected = 'expected a time such as 15m, 4 business hours or 2 business days';
  return z.string({ error: expected }).transform((text, context): ResponseTime => {
    const time = parseResponseTime(text);
    if (time !== undefined) return time;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** How somebody is told. Addresses of incoming webhooks let anybody post, so they are secrets. */
export function channelOption() {
  const url = secretOption();
  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), from: z.email().optional(), server: secretOption().optional() }),
    z.strictObject({ kind: z.literal('phone'), number: textOption('a telephone number').optional() }),
    z.strictObject({ kind: z.literal('sms'), number: textOption('a telephone number').optional() }),
    z.strictObject({ kind: z.literal('pagerduty'), routingKey: secretOption(), signingSecret: secretOption().optional() }),
    z.strictObject({ kind: z.literal('slack'), url }),
    z.strictObject({ kind: z.literal('teams'), url }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.union([z.url({ protocol: /^https?$/ }), url]),
      secret: secretOption(),
      allowPrivate: z.array(networkOption()).optional().describe('Private networks to which this may go: 10.2.0.0/16. Without it none'),
    }),
  ]);
}

function networkOption(): z.ZodType<string, string> {
  return z.union([z.cidrv4(), z.cidrv6()], { error: 'expected a network such as 10.2.0.0/16' });
}

function parseResponseTime(text: string): ResponseTime | undefined {
  const found = BUSINESS.exec(text);
  if (found !== null)
    return found[2]?.startsWith('hour') === true ? { businessHours: Number(found[1]) } : { businessDays: Number(found[1]) };
  const ms = parseDuration(text);
  return ms === undefined ? undefined : { ms };
}
