import { Cron } from 'croner';
import { sayDuration } from './duration.ts';
import { freeMinutes, longestClosed, WEEK } from './free-minutes.ts';
import type { Linted } from './linted.ts';
import type { Plan } from './plan.ts';
import { refuse, warn, type Remark } from './remark.ts';
import { isWithin, parseWindow } from './window.ts';

/** About a year of weekly drills, from a fixed day: the same plan has the same problems today and tomorrow. */
const LOOKED_AT = 60;
const FROM = new Date('2027-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
const LEAST_EVERY_MS = 3_600_000;

/** Whether drills can take place when they are due. */
export function lintSchedule({ plan }: Linted): readonly Remark[] {
  const { cron, everyMs } = plan.schedule.drill;
  if (everyMs != null) return lintEvery(plan.schedule, everyMs);
  return cron === null ? [] : lintCron(plan.schedule, cron);
}

function lintCron({ forbid, timezone }: Plan['schedule'], cron: string): readonly Remark[] {
  const windows = forbid.map(parseWindow).filter(window => window !== undefined);
  if (windows.length === 0) return [];
  const due = new Cron(cron, { timezone, paused: true }).nextRuns(LOOKED_AT, FROM);
  const forbidden = due.filter(at => windows.some(window => isWithin(window, at, timezone)));
  if (forbidden.length === 0) return [];
  const path = ['schedule', 'drill'];
  if (forbidden.length === due.length)
    return [refuse(path, 'every drill falls into a window that forbids it', 'Move the drill or the window.')];
  return [
    warn(
      path,
      `${forbidden.length} of ${due.length} drills fall into a window that forbids them`,
      'Move the drill or the window; until then those drills are due when the window ends.',
    ),
  ];
}

/** A cadence is kept whatever the windows are, or the plan is refused. */
function lintEvery({ forbid, timezone }: Plan['schedule'], everyMs: number): readonly Remark[] {
  const path = ['schedule', 'drill', 'every'];
  if (everyMs < LEAST_EVERY_MS) return [refuse(path, `expected at least 1h between two drills, found ${sayDuration(everyMs)}`)];
  const closed = longestClosed(freeMinutes(timezone, forbid));
  if (closed >= WEEK) return [refuse(path, 'the windows forbid drills all the time', 'Make the windows shorter.')];
  const closedMs = closed * MINUTE_MS;
  if (everyMs > closedMs) return [];
  const said = `the windows forbid drills for ${sayDuration(closedMs)} at a stretch, in summer or in winter`;
  return [refuse(path, `${said}; a drill every ${sayDuration(everyMs)} cannot be`, 'Make the windows shorter, or drill less often.')];
}
