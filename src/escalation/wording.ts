import type { Message, MessageKind } from './channel.ts';
import { oneLine } from './one-line.ts';

/** What stands before the system in a title. The first message needs none: it is about the matter itself. */
const MARK: Readonly<Record<MessageKind, string>> = {
  opened: '',
  changed: 'Update',
  acknowledged: 'Being worked on',
  resolved: 'Resolved',
  executive: 'For information',
  'hand-off': 'Hand-off',
  digest: 'Digest',
  test: 'Test',
  heartbeat: 'Sign of life',
};

export interface Title {
  /** `P2 Lakeside EHR: drill failed` */
  readonly plain: string;
  /** `[P2] Lakeside EHR: drill failed` */
  readonly bracketed: string;
}

/** What a message is about, in one line that tells on a locked phone whether to get up. */
export function titleOf({ kind, content }: Message): Title {
  if (kind === 'test') {
    const about = oneLine(`${content.system}: nothing is wrong`);
    return { plain: `Test, ${about}`, bracketed: `[Test] ${about}` };
  }
  const matter = content.condition.replaceAll('-', ' ');
  const about = oneLine(MARK[kind] === '' ? `${content.system}: ${matter}` : `${MARK[kind]}: ${content.system}, ${matter}`);
  return { plain: `${content.severity} ${about}`, bracketed: `[${content.severity}] ${about}` };
}

/**
 * `8 November 2026, 03:12 in America/Chicago (09:12 UTC)`; the day of UTC is said when it is another. Beside a moment of the same day
 * (`after`) the day is left out.
 */
export function bothTimes(iso: string, timeZone: string, after?: string): string {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  const utc = partsIn(iso, 'UTC');
  const local = partsIn(iso, zone);
  const isSameDay = after !== undefined && partsIn(after, zone).day === local.day;
  const day = isSameDay ? '' : `${local.day}, `;
  if (zone === 'UTC') return `${day}${utc.time} UTC`;
  return `${day}${local.time} in ${zone} (${local.day === utc.day ? '' : `${utc.day}, `}${utc.time} UTC)`;
}

/** An address that may stand in a link: http or https and nothing else, `''` otherwise. */
export function webAddress(url: string | null): string {
  if (url === null || !URL.canParse(url)) return '';
  const parsed = new URL(url);
  return /^https?:$/.test(parsed.protocol) ? parsed.href : '';
}

function partsIn(iso: string, timeZone: string): { readonly day: string; readonly time: string } {
  const at = new Date(iso);
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' });
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return { day: day.format(at), time: time.format(at) };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
