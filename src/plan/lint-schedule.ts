import { Cron } from 'croner';
import type { Linted } from './linted.ts';
import { refuse, warn, type Remark } from './remark.ts';
import { isWithin, parseWindow } from './window.ts';

/** About a year of weekly drills, from a fixed day: the same plan has the same problems today and tomorrow. */
const LOOKED_AT = 60;
const FROM = new Date('2027-01-01T00:00:00Z');

/** Whether drills can take place when they are due. */
export function lintSchedule({ plan }: Linted): readonly Remark[] {
  const { drill, forbid, timezone } = plan.schedule;
  const windows = forbid.map(parseWindow).filter(window => window !== undefined);
  if (windows.length === 0) return [];
  const due = new Cron(drill.cron, { timezone, paused: true }).nextRuns(LOOKED_AT, FROM);
  const forbidden = due.filter(at => windows.some(window => isWithin(window, at, timezone)));
  if (forbidden.length === 0) return [];
  const path = ['schedule', 'drill'];
  if (forbidden.length === due.length)
    return [refuse(path, 'every drill falls into a window that forbids it', 'Move the drill or the window.')];
  return [warn(path, `${forbidden.length} of ${due.length} drills fall into a window that forbids them`, 'Move the drill or the window.')];
}
