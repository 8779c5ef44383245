import type { PrintedDrill } from '../evidence/record.ts';
import type { Basis } from '../measurement/measurement.ts';
import { sayAge, sayBound, sayHeadroom } from '../measurement/wording.ts';
import { bar, type Stretch } from './bar.ts';
import type { BasisLine, FigureView } from './view.ts';
import { basisWord, counted, stampText } from './words.ts';

const HEADING = { id: 'rpo', heading: 'Age of the data', question: 'How much work would have been lost?' } as const;

/** The recovery point age against its objective (RPO). */
export function recoveryPointFigure(record: PrintedDrill): FigureView {
  const { recoveryPointAge: age, objectives } = record;
  const { targetMs } = objectives.rpo;
  const value = age.ms === null ? 'Not tested' : sayAge(age.ms);
  const result = age.ms === null ? 'Nothing is said about the objective.' : resultText(record, age.ms);
  const judged = cameBack(record) ? objectives.rpo.result : 'not-tested';
  return {
    ...HEADING,
    value,
    tested: age.ms !== null,
    basis: basisWord[age.basis],
    target: sayAge(targetMs),
    result,
    tone: judged === 'met' ? 'good' : judged === 'missed' ? 'missed' : 'unknown',
    lines: age.ms === null ? untestedLines(record) : testedLines(record, age.ms),
    bar: bar({
      id: 'rpo-bar',
      title: `Age of the data against the objective of ${sayAge(targetMs)}. ${value}. ${result}`,
      stretches:
        age.ms === null ? [] : [{ kind: kindOf(age.basis), ms: age.ms, label: 'Age of the data', value, basis: basisWord[age.basis] }],
      targetMs,
      targetLabel: `objective ${sayAge(targetMs)}`,
      headroomText: age.ms !== null && judged === 'met' ? sayHeadroom(1 - age.ms / targetMs) : null,
    }),
  };
}

/** Only data that came back have an age that can be held against a promise. */
function cameBack(record: PrintedDrill): boolean {
  return record.verdict === 'passed' || record.verdict === 'objective-missed';
}

function kindOf(basis: Basis): Stretch['kind'] {
  return basis === 'declared' ? 'declared' : 'measured';
}

function resultText(record: PrintedDrill, ms: number): string {
  const { targetMs, result } = record.objectives.rpo;
  if (!cameBack(record)) return 'Nothing is said about the objective: the data did not come back in this drill.';
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

function untestedLines(record: PrintedDrill): BasisLine[] {
  const { because } = record.recoveryPointAge;
  return [{ basis: 'Not tested', sentence: `No age of the data: ${because === null ? 'no reason was recorded' : because}.` }];
}

function pointsText(record: PrintedDrill): string {
  return counted(record.recoveryPoints.length, 'recovery point');
}
