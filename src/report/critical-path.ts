import type { PrintedDrill } from '../evidence/record.ts';
import { shortTime } from './phases.ts';

export interface PathRowView {
  readonly component: string;
  readonly needs: string;
  readonly took: string;
  readonly ended: string;
  readonly slack: string;
  readonly critical: boolean;
}

export interface PathView {
  readonly sentence: string;
  readonly rows: readonly PathRowView[];
}

/** Which component owns the time; `null` for a drill of one component, or of one in which not all came back. */
export function criticalPathView(record: PrintedDrill): PathView | null {
  const path = record.criticalPath;
  if (path === null) return null;
  const rows = [...path.components]
    .sort((a, b) => a.finishMs - b.finishMs)
    .map(one => {
      const critical = path.critical.includes(one.component);
      return {
        component: one.component,
        needs: one.needs.length === 0 ? 'nothing' : one.needs.join(', '),
        took: shortTime(one.durationMs),
        ended: `after ${shortTime(one.finishMs)}`,
        slack: critical ? 'none: critical' : shortTime(one.slackMs),
        critical,
      };
    });
  return { sentence: pathSentence(path), rows };
}

/** The owners of the time, and what more workers would change. */
export function pathSentence(path: NonNullable<PrintedDrill['criticalPath']>): string {
  const owners = path.critical.join(' → ');
  const own = path.components.filter(one => path.critical.includes(one.component)).reduce((sum, one) => sum + one.durationMs, 0);
  const share = `${owners} ${path.critical.length === 1 ? 'owns' : 'own'} ${shortTime(own)} of ${shortTime(path.unlimitedMs)}.`;
  if (path.totalMs <= path.unlimitedMs) return `${share} ${sideBySide(path.parallel)}; more at a time would not have been faster.`;
  return `${share} ${sideBySide(path.parallel)}: that makes ${shortTime(path.totalMs)}; all side by side would take ${shortTime(path.unlimitedMs)}.`;
}

function sideBySide(parallel: number): string {
  return parallel === 1
    ? 'Components were recovered one after the other'
    : `Up to ${String(parallel)} components were recovered side by side`;
}
