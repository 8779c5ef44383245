import type { DrillRecord } from '../evidence/record.ts';
import { isRegular, type RegularTrigger } from '../evidence/regular.ts';
import { sayAge, sayTime } from '../measurement/wording.ts';
import { seriesSentences } from '../report/series.ts';
import { block, clip, padTo, paint, printable, widthOf, type Style, type Terminal } from './terminal.ts';

export interface History {
  /** `null`: of all plans. */
  readonly plan: string | null;
  /** Newest first. */
  readonly records: readonly DrillRecord[];
  /** Ids of drills whose record is gone or is not the one that was signed. */
  readonly altered: readonly string[];
}

type Verdict = DrillRecord['verdict'];

const VERDICT: Readonly<Record<Verdict, readonly [word: string, style: Style]>> = {
  passed: ['passed', 'green'],
  'objective-missed': ['objective missed', 'yellow'],
  failed: ['failed', 'red'],
  inconclusive: ['inconclusive', 'magenta'],
};
const OF_ITS_OWN: Readonly<Record<Exclude<DrillRecord['trigger'], RegularTrigger>, string>> = {
  search: 'search',
  'dependency-loss': 'without',
  scenario: 'scenario',
};
const UNTESTED = 'not tested';
const GAP = '  ';
/** Names are cut to this; the drill's id, by which a person goes on, never is. */
const WIDEST_NAME = 34;

/** Past drills as a table, and what may be said about them together. Ends with a line end. */
export function historyText(history: History, terminal: Terminal): string {
  const { plan, records, altered } = history;
  if (records.length + altered.length === 0) return `No drill${plan === null ? '' : ` of ${printable(plan)}`} was finished yet.\n`;
  const paragraphs = [records.length > 0 ? table(records, { plan, terminal }) : [], series(records, terminal), warnings(altered, terminal)];
  const said = paragraphs.filter(lines => lines.length > 0).map(lines => lines.join('\n'));
  return `${said.join('\n\n')}\n`;
}

interface Column {
  readonly head: string;
  /** Left out first where there is little room. */
  readonly spare: boolean;
  of(record: DrillRecord): string;
}

function columnsOf(plan: string | null): Column[] {
  return [
    { head: 'When (UTC)', spare: false, of: record => `${record.startedAt.slice(0, 10)} ${record.startedAt.slice(11, 16)}` },
    ...(plan === null ? [{ head: 'Plan', spare: false, of: (record: DrillRecord) => clip(printable(record.plan), WIDEST_NAME) }] : []),
    { head: 'Verdict', spare: false, of: verdictText },
    { head: 'Recovery', spare: false, of: ({ recoveryTime }) => (recoveryTime.ms === null ? UNTESTED : sayTime(recoveryTime.ms)) },
    { head: 'Data age', spare: false, of: ({ recoveryPointAge: age }) => (age.ms === null ? UNTESTED : sayAge(age.ms)) },
    { head: 'Recovery point', spare: true, of: pointText },
    { head: 'Drill', spare: false, of: record => printable(record.drill) },
  ];
}

/** A drill that does not speak for its plan is not to be taken for one that does. */
function verdictText({ verdict, trigger }: DrillRecord): string {
  return isRegular(trigger) ? VERDICT[verdict][0] : `${VERDICT[verdict][0]} (${OF_ITS_OWN[trigger]})`;
}

function pointText({ recoveryPoints }: DrillRecord): string {
  const [point] = recoveryPoints;
  if (point === undefined) return 'none';
  const more = recoveryPoints.length > 1 ? ` and ${recoveryPoints.length - 1} more` : '';
  return clip(printable(point.id), WIDEST_NAME) + more;
}

/** As wide as there is room: with all columns, without the spare one, else one drill below the other. */
function table(records: readonly DrillRecord[], shown: { plan: string | null; terminal: Terminal }): string[] {
  const { terminal } = shown;
  const all = columnsOf(shown.plan);
  for (const columns of [all, all.filter(column => !column.spare)]) {
    const widths = columns.map(column => Math.max(widthOf(column.head), ...records.map(record => widthOf(column.of(record)))));
    if (widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) > terminal.columns) continue;
    const line = (text: (column: Column) => string): string =>
      columns
        .map((column, at) => padTo(text(column), widths[at] ?? 0))
        .join(GAP)
        .trimEnd();
    const rows = records.map(record =>
      painted(
        line(column => column.of(record)),
        record.verdict,
        terminal,
      ),
    );
    return [
      paint(
        terminal,
        ['bold'],
        line(column => column.head),
      ),
      ...rows,
    ];
  }
  const width = Math.max(...all.map(column => widthOf(column.head)));
  const card = (record: DrillRecord): string =>
    all.map(column => painted(`${padTo(column.head, width)}${GAP}${column.of(record)}`, record.verdict, terminal)).join('\n');
  return [records.map(card).join('\n\n')];
}

function painted(line: string, verdict: Verdict, terminal: Terminal): string {
  const [word, style] = VERDICT[verdict];
  return line.replace(`${GAP}${word}`, `${GAP}${paint(terminal, [style], word)}`);
}

/** Drills of several plans are no series: nothing is computed from them together. */
function series(records: readonly DrillRecord[], terminal: Terminal): string[] {
  const plans = new Set(records.map(record => record.plan));
  return plans.size === 1 ? seriesSentences(records).flatMap(sentence => block(sentence, terminal)) : [];
}

function warnings(altered: readonly string[], terminal: Terminal): string[] {
  if (altered.length === 0) return [];
  const text = `Not shown, because the record is gone or is not the one that was signed: ${altered.map(printable).join(', ')}. Run resurgam verify.`;
  return block(text, terminal).map(line => paint(terminal, ['red'], line));
}
