import type { PrintedDrill } from '../evidence/record.ts';
import type { Basis } from '../measurement/measurement.ts';
import { sayAge, sayBound, sayHeadroom } from '../measurement/wording.ts';
import { bar, type Stretch } from './bar.ts';
import type { BasisLine, FigureView } from './view.ts';
import { basisWord, counted, stampText } from './words.ts';

const HEADING = { id: 'rpo', heading: 'Age of the data', question: 'How much work would have been lost?' } as const;

/** The recovery point age against its objective (RPO). Only data that came back have an age that can be held against a promise. */
export function recoveryPointFigure(record: PrintedDrill): FigureView {
  const { recoveryPointAge: age, objectives } = record;
  const { targetMs, result } = objectives.rpo;
  const said = age.ms !== null && cameBack(record) ? tested(record, age.ms) : untested(record);
  return {
    ...HEADING,
    value: said.value,
    tested: said.stretches.length > 0,
    basis: said.stretches.length > 0 ? basisWord[age.basis] : basisWord['not-tested'],
    target: sayAge(targetMs),
    result: said.result,
    tone: said.stretches.length === 0 || result === 'not-tested' ? 'unknown' : result === 'met' ? 'good' : 'missed',
    lines: said.lines,
    bar: bar({
      id: 'rpo-bar',
      title: `Age of the data against the objective of ${sayAge(targetMs)}. ${said.value}. ${said.result}`,
      stretches: said.stretches,
      targetMs,
      targetLabel: `objective ${sayAge(targetMs)}`,
      headroomText: said.headroomText,
    }),
  };
}

interface Said {
  readonly value: string;
  readonly result: string;
  readonly lines: readonly BasisLine[];
  readonly stretches: readonly Stretch[];
  readonly headroomText: string | null;
}

function tested(record: PrintedDrill, ms: number): Said {
  const { recoveryPointAge: age, objectives } = record;
  const value = sayAge(ms);
  return {
    value,
    result: resultText(record, ms),
    lines: testedLines(record, ms),
    stretches: [{ kind: kindOf(age.basis), ms, label: 'Age of the data', value, basis: basisWord[age.basis] }],
    headroomText: objectives.rpo.result === 'met' ? sayHeadroom(1 - ms / objectives.rpo.targetMs) : null,
  };
}

function untested(record: PrintedDrill): Said {
  return {
    value: 'Not tested',
    result: 'Nothing is said about the objective.',
    lines: untestedLines(record),
    stretches: [],
    headroomText: null,
  };
}

function cameBack(record: PrintedDrill): boolean {
  return record.verdict === 'passed' || record.verdict === 'objective-missed';
}

function kindOf(basis: Basis): Stretch['kind'] {
  return basis === 'declared' ? 'declared' : 'measured';
}

function resultText(record: PrintedDrill, ms: number): string {
  const { targetMs, result } = record.objectives.rpo;
  if (result === 'not-tested') return 'The age is reported but not judged against the objective.';
  if (result === 'missed') return `Missed: ${sayAge(ms - targetMs)} older than the ${sayAge(targetMs)} objective.`;
  return `The data were at ${sayBound(ms / targetMs)} of the ${sayAge(targetMs)} objective.`;
}

function testedLines(record: PrintedDrill, ms: number): BasisLine[] {
  const { recoveryPointAge: age, failureInstant } = record;
  const of = record.recoveryPoints.length > 1 && age.component !== null ? ` (the oldest of ${pointsText(record)}: ${age.component})` : '';
  const sentence = `The data were ${sayAge(ms)} old at the simulated loss, ${stampText(failureInstant)}${of}`;
  const confirmed = age.basis === 'measured' ? '' : age.confirmedByData ? ', confirmed by the data' : ', not confirmed by the data';
  return [{ basis: basisWord[age.basis], sentence: `${sentence}${confirmed}.` }, ...record.newest.map(one => newestLine(one))];
}

function newestLine(one: PrintedDrill['newest'][number]): BasisLine {
  return one.at === null
    ? { basis: 'Not tested', sentence: `The newest entry in ${one.component}: no answer.` }
    : { basis: 'Measured', sentence: `The newest entry in ${one.component} is of ${stampText(one.at)}.` };
}

/** What is known of a recovery point that did not come back is said of it, and not of recovered data. */
function untestedLines(record: PrintedDrill): BasisLine[] {
  const { because, ms, basis } = record.recoveryPointAge;
  if (ms === null) return [{ basis: 'Not tested', sentence: `No age of the data: ${because ?? 'no reason was recorded'}.` }];
  const reason = record.verdict === 'failed' ? 'the backup did not come back' : 'it is not known whether the backup comes back';
  const point = `The recovery point was ${sayAge(ms)} old at the simulated loss, ${stampText(record.failureInstant)}.`;
  return [
    { basis: 'Not tested', sentence: `No age of recovered data: ${reason}.` },
    { basis: basisWord[basis], sentence: point },
  ];
}

function pointsText(record: PrintedDrill): string {
  return counted(record.recoveryPoints.length, 'recovery point');
}
