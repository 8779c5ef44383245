import type { PrintedDrill } from '../evidence/record.ts';
import { inOrder, outcomeCounts, outcomeWord } from '../report/findings.ts';
import { headline } from '../report/headline.ts';
import { notTested } from '../report/declared.ts';
import { recoveryPointFigure } from '../report/recovery-point.ts';
import { recoveryTimeFigure } from '../report/recovery-time.ts';
import type { FigureView } from '../report/view.ts';
import { clipped, dayText, valueText, withStamps } from '../report/words.ts';
import { EXIT } from './exit.ts';
import { barText, signOf } from './summary-bar.ts';
import { furtherLines } from './summary-further.ts';
import { systemLines } from './summary-system.ts';
import { block, padTo, paint, printable, type Style, type Terminal } from './terminal.ts';

export interface SummaryTerms {
  readonly terminal: Terminal;
  readonly systemName: string;
  readonly reportFile: string | null;
  readonly ledgerFolder: string | null;
  /** Of this run; `null` when an earlier drill is shown again. */
  readonly exitCode: number | null;
}

type Verdict = PrintedDrill['verdict'];
type Recorded = PrintedDrill['findings'][number];

const VERDICT: Readonly<Record<Verdict, readonly [unicode: string, ascii: string, style: Style]>> = {
  passed: ['✔', 'OK', 'green'],
  'objective-missed': ['!', '!', 'yellow'],
  failed: ['✘', 'X', 'red'],
  inconclusive: ['?', '?', 'magenta'],
};
const OUTCOME: Readonly<Record<Recorded['outcome'], Style>> = {
  failed: 'red',
  inconclusive: 'magenta',
  skipped: 'yellow',
  passed: 'green',
};

/** So many bad findings and limitations are shown; all of them stand in the report. */
const MOST_FINDINGS = 8;
const MOST_LIMITATIONS = 4;
const LONGEST = 300;
const LABEL = 17;

const EXIT_MEANING = new Map<number, string>([
  [EXIT.passed, 'passed'],
  [EXIT.failed, 'failed'],
  [EXIT.objectiveMissed, 'objective missed'],
  [EXIT.inconclusive, 'inconclusive'],
  [EXIT.leftBehind, 'something of the sandbox was left behind'],
  [EXIT.interrupted, 'interrupted'],
]);

/** What a person reads after a drill: the verdict first, then the figures, then what is bad, then where to read on. Ends with a line end. */
export function drillSummary(record: PrintedDrill, terms: SummaryTerms): string {
  const { terminal } = terms;
  const parts = [
    verdictLines(record, terms),
    figureLines(recoveryTimeFigure(record), terminal),
    figureLines(recoveryPointFigure(record), terminal),
    systemLines(record, terminal),
    furtherLines(record, terminal),
    findingLines(record, terminal),
    openLines(record, terminal),
    placeLines(record, terms),
  ];
  return `\n${parts
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`;
}

function verdictLines(record: PrintedDrill, { terminal, systemName }: SummaryTerms): string[] {
  const { statement, because } = headline(record);
  const [unicode, ascii, style] = VERDICT[record.verdict];
  const sign = terminal.unicode ? unicode : ascii;
  const indent = ' '.repeat(sign.length + 1);
  const about = `${systemName}, ${record.client}, ${dayText(record.startedAt)}`;
  return [
    ...block(`${sign}\u00A0${statement}`, terminal).map(line => paint(terminal, ['bold', style], line)),
    ...block(because, terminal, indent),
    ...block(about, terminal, indent).map(line => paint(terminal, ['dim'], line)),
  ];
}

function figureLines(figure: FigureView, terminal: Terminal): string[] {
  const { bar, tone } = figure;
  const value = figure.tested ? `${figure.value}  ${paint(terminal, ['dim'], figure.basis.toLowerCase())}` : figure.value;
  // Where there is little room the value stands below its heading.
  const narrow = terminal.columns < LABEL * 4;
  const indent = ' '.repeat(narrow ? 2 : LABEL);
  const heading = paint(terminal, ['bold'], narrow ? figure.heading : padTo(figure.heading, LABEL));
  const room = Math.min(56, terminal.columns - indent.length - bar.mark.label.length - 1);
  const legend = bar.segments.map(one => `${signOf(one.kind, terminal)}\u00A0${one.label}${one.value === '' ? '' : ` ${one.value}`}`);
  const headroom = bar.headroomText === null ? [] : [`${signOf('headroom', terminal)}\u00A0Headroom ${bar.headroomText}`];
  const reason = figure.tested ? [] : figure.lines.map(line => `${line.basis}. ${line.sentence}`);
  return [
    ...(narrow ? [heading, `${indent}${value}`] : [`${heading}${value}`]),
    ...(figure.tested ? [`${indent}${barText(bar, { terminal, width: room, tone })} ${bar.mark.label}`] : []),
    ...block([...legend, ...headroom].join(', '), terminal, indent).map(line => paint(terminal, ['dim'], line)),
    ...block(figure.result, terminal, indent),
    ...reason.flatMap(sentence => block(sentence, terminal, indent)),
  ];
}

function findingLines(record: PrintedDrill, terminal: Terminal): string[] {
  const bad = inOrder(record.findings).filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive');
  const shown = bad.slice(0, MOST_FINDINGS).flatMap(found => findingText(found, terminal));
  const more = bad.length - MOST_FINDINGS;
  const rest = more > 0 ? [`  and ${more} more: see the report`] : [];
  const counts = block(outcomeCounts(record), terminal).map(line => paint(terminal, ['bold'], line));
  return [...counts, ...shown, ...rest];
}

function findingText(found: Recorded, terminal: Terminal): string[] {
  const word = outcomeWord[found.outcome];
  const note = found.required ? '' : ' (not required)';
  const [first = '', ...others] = block(clipped(`${word}${note}: ${withStamps(found.sentence)}`, LONGEST), terminal, '    ');
  const compared = [
    found.object,
    found.expected === null ? null : `expected ${valueText(found.expected, found.unit, '')}`,
    found.observed === null ? null : `observed ${valueText(found.observed, found.unit, '')}`,
  ].filter(part => part !== null);
  const detail = compared.length === 0 ? [] : block(clipped(compared.join(', '), LONGEST), terminal, '    ');
  return [
    `  ${first.trimStart().replace(word, paint(terminal, ['bold', OUTCOME[found.outcome]], word))}`,
    ...others,
    ...detail.map(line => paint(terminal, ['dim'], line)),
    paint(terminal, ['dim'], `    what to do: runbooks/response/${found.code}.md`),
  ];
}

function openLines(record: PrintedDrill, terminal: Terminal): string[] {
  const open = notTested(record);
  const more = open.length - MOST_LIMITATIONS;
  return [
    paint(terminal, ['bold'], 'Not tested'),
    ...(open.length === 0 ? ['  Nothing was recorded as left open.'] : []),
    ...open.slice(0, MOST_LIMITATIONS).flatMap(sentence => block(clipped(sentence, LONGEST), terminal, '  ')),
    ...(more > 0 ? [`  and ${more} more: see the report`] : []),
  ];
}

/** Paths are never wrapped: people copy them. */
function placeLines(record: PrintedDrill, { terminal, reportFile, ledgerFolder, exitCode }: SummaryTerms): string[] {
  const line = (label: string, value: string): string => `${paint(terminal, ['bold'], padTo(label, 9))}${printable(value)}`;
  const { ledger } = record;
  const place = ledger === null ? 'in no ledger: nothing can be verified' : `entry ${ledger.seq}, checkpoint size ${ledger.size}`;
  const meaning = exitCode === null ? undefined : (EXIT_MEANING.get(exitCode) ?? 'unknown');
  return [
    ...(reportFile === null ? [] : [line('Report', reportFile)]),
    line('Ledger', ledgerFolder === null || ledger === null ? place : `${ledgerFolder} (${place})`),
    ...(ledgerFolder === null || ledger === null ? [] : [line('Verify', `resurgam verify ${ledgerFolder}`)]),
    line('Drill', record.drill),
    ...(meaning === undefined ? [] : [line('Exit', `${exitCode ?? ''} (${meaning})`)]),
  ];
}
