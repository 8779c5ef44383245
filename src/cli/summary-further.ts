import type { PrintedDrill } from '../evidence/record.ts';
import { furtherPointsView } from '../report/further-points.ts';
import { block, paint, type Terminal } from './terminal.ts';

/** So many are shown; those that did not come back first. All of them stand in the report. */
const MOST_POINTS = 8;

/** The recovery points that were proved beside the chosen ones. */
export function furtherLines(record: PrintedDrill, terminal: Terminal): string[] {
  const further = furtherPointsView(record);
  if (further === null) return [];
  const { rows, sentence } = further;
  const shown = [...rows.filter(row => row.bad), ...rows.filter(row => !row.bad)].slice(0, MOST_POINTS);
  const more = rows.length - shown.length;
  return [
    paint(terminal, ['bold'], 'Further recovery points'),
    ...block(sentence, terminal, '  '),
    ...rows
      .filter(row => shown.includes(row))
      .flatMap(row => {
        const lines = block(`${row.component}, ${row.moment}, ${row.age} old: ${row.result} (${row.took})`, terminal, '  ');
        return lines.map(line => paint(terminal, [row.bad ? 'red' : 'dim'], line));
      }),
    ...(more > 0 ? [`  and ${more} more: see the report`] : []),
  ];
}
