import type { SampleResult } from '../demo/samples.ts';
import { sayTime } from '../measurement/wording.ts';
import { padTo, paint, type Terminal } from './terminal.ts';

const COLUMN_GAP = 3;

/** One line for each sample system: its verdict, and how long it took to be usable again. Ends with a line end. */
export function samplesTable(results: readonly SampleResult[], terminal: Terminal): string {
  const rows = results.map(({ name, verdict, recoveryMs }) => [name, verdict, recoveryMs === null ? 'not tested' : sayTime(recoveryMs)]);
  const all = [['System', 'Verdict', 'Recovery time'], ...rows];
  const widths = [0, 1].map(column => Math.max(...all.map(row => (row[column] ?? '').length)) + COLUMN_GAP);
  const lines = all.map(([name = '', verdict = '', time = ''], at) => {
    const [first, second] = [padTo(name, widths[0] ?? 0), padTo(verdict, widths[1] ?? 0)];
    if (at === 0) return paint(terminal, ['bold'], first + second + time);
    return first + paint(terminal, [verdict === 'passed' ? 'green' : 'red'], second) + time;
  });
  return `\n${lines.join('\n')}\n`;
}
