const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
const DAY = DAYS.join('|');
const WINDOW = new RegExp(`^(?:(DAILY)|(?:(${DAY})(?:-(${DAY}))?)) ([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-4]):([0-5]\\d)$`);

/** A weekly stretch of time on the wall clock. With an end that is not later than its beginning it goes on into the next day. */
export interface Window {
  /** 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes of the day; `toMinute` is not in it. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** `MON-FRI 07:00-19:00`, `SAT 08:00-12:00`, `DAILY 22:00-06:00`. Undefined for everything else. */
export function parseWindow(text: string): Window | undefined {
  const found = WINDOW.exec(text);
  if (found === null) return undefined;
  const [, daily, first = '', last = first, fromHour, fromMinute, toHour, toMinute] = found;
  const end = Number(toHour) * 60 + Number(toMinute);
  if (end > 1440) return undefined;
  const days = daily === undefined ? daysFrom(first, last) : new Set(DAYS.keys());
  return { days, fromMinute: Number(fromHour) * 60 + Number(fromMinute), toMinute: end };
}

/** Whether this instant lies in the window, by the wall clock of the zone. */
export function isWithin(window: Window, at: Date, timezone: string): boolean {
  return holdsMinute(window, wallTime(at, timezone));
}

/** The same by day (0 is Sunday) and minute of the wall clock. */
export function holdsMinute(window: Window, { day, minute }: WallTime): boolean {
  const { days, fromMinute, toMinute } = window;
  if (toMinute > fromMinute) return days.has(day) && minute >= fromMinute && minute < toMinute;
  const before = (day + 6) % 7;
  return (days.has(day) && minute >= fromMinute) || (days.has(before) && minute < toMinute);
}

function daysFrom(first: string, last: string): Set<number> {
  const days = new Set<number>();
  const end = DAYS.indexOf(last as (typeof DAYS)[number]);
  for (let day = DAYS.indexOf(first as (typeof DAYS)[number]); ; day = (day + 1) % 7) {
    days.add(day);
    if (day === end) return days;
  }
}

export interface WallTime {
  /** 0 is Sunday. */
  readonly day: number;
  /** Of the day. */
  readonly minute: number;
}

/** What the clock on the wall shows at this instant. */
export function wallTime(at: Date, timezone: string): WallTime {
  const parts = new Map(
    clockOf(timezone)
      .formatToParts(at)
      .map(part => [part.type, part.value]),
  );
  const day = DAYS.indexOf((parts.get('weekday') ?? '').toUpperCase() as (typeof DAYS)[number]);
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

/** One per zone: making a format takes twenty times as long as using it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known !== undefined) return known;
  const digits = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: timezone, weekday: 'short', ...digits });
  clocks.set(timezone, clock);
  return clock;
}
