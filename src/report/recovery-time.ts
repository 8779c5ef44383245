import type { PrintedDrill } from '../evidence/record.ts';
import { sayBound, sayHeadroom, sayTime } from '../measurement/wording.ts';
import { bar, type Stretch } from './bar.ts';
import type { BasisLine, FigureView } from './view.ts';
import { basisWord, dayText } from './words.ts';

const HEADING = { id: 'rto', heading: 'Recovery time', question: 'How long until the system was usable again?' } as const;

/** The recovery time against its objective (RTO). Without a recovery time there is a reason, and an empty bar. */
export function recoveryTimeFigure(record: PrintedDrill): FigureView {
  const { recoveryTime, objectives } = record;
  const { targetMs, result } = objectives.rto;
  const said = recoveryTime.ms === null ? untested(record) : tested(record, recoveryTime.ms);
  const terms = { id: 'rto-bar', targetMs, targetLabel: `objective ${sayTime(targetMs)}` };
  return {
    ...HEADING,
    value: said.value,
    tested: recoveryTime.ms !== null,
    basis: basisWord[recoveryTime.basis],
    target: sayTime(targetMs),
    result: said.result,
    tone: result === 'met' ? 'good' : result === 'missed' ? 'missed' : 'unknown',
    lines: said.lines,
    bar: bar({
      ...terms,
      title: `Recovery time against the objective of ${sayTime(targetMs)}. ${said.value}. ${said.result}`,
      stretches: said.stretches,
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
  const within = (record.projection?.ms ?? ms) < record.objectives.rto.targetMs;
  return {
    value: sayTime(ms),
    result: resultText(record, ms),
    lines: testedLines(record, ms),
    stretches: stretches(record, ms),
    headroomText: within ? sayHeadroom(headroom(record, ms)) : null,
  };
}

function untested(record: PrintedDrill): Said {
  const missed = record.objectives.rto.result === 'missed';
  const result = missed
    ? `Missed: not usable when ${sayTime(record.objectives.rto.targetMs)} had passed.`
    : 'Nothing is said about the objective.';
  return { value: 'Not tested', result, lines: untestedLines(record), stretches: [], headroomText: null };
}

function headroom(record: PrintedDrill, ms: number): number {
  return record.projection === null ? 1 - ms / record.objectives.rto.targetMs : Number(record.projection.headroom);
}

function stretches(record: PrintedDrill, ms: number): Stretch[] {
  const { projection, recoveryTime } = record;
  const took = { kind: 'measured', ms, label: 'Restore to usable', value: sayTime(ms), basis: basisWord[recoveryTime.basis] } as const;
  if (projection === null) return [took];
  const allowance = projection.detectMs + projection.decideMs;
  const slowerMs = Math.max(0, projection.ms - allowance - ms);
  const declared = (label: string, length: number): Stretch[] =>
    length > 0 ? [{ kind: 'declared', ms: length, label, value: sayTime(length), basis: 'Declared' }] : [];
  const slower: Stretch = {
    kind: 'estimated',
    ms: slowerMs,
    label: `Production taken as ${projection.factor} × the sandbox`,
    value: sayTime(slowerMs),
    basis: 'Estimated',
  };
  return [
    took,
    ...(slowerMs > 0 ? [slower] : []),
    ...declared('Detection', projection.detectMs),
    ...declared('Decision', projection.decideMs),
  ];
}

/** Never "RTO met": a restore in a sandbox uses a part of the objective (measurement.md, section 11). */
function resultText(record: PrintedDrill, ms: number): string {
  const { targetMs, by } = record.objectives.rto;
  const used = `The restore part used ${sayBound(ms / targetMs)} of the ${sayTime(targetMs)} objective`;
  if (by === 'measured') return `Missed: ${sayTime(ms - targetMs)} later than the ${sayTime(targetMs)} objective.`;
  const allMs = record.projection?.ms ?? ms;
  if (by === 'projected')
    return `Missed with the declared parts: ${sayTime(allMs - targetMs)} later than the ${sayTime(targetMs)} objective.`;
  return allMs > ms ? `${used}; ${sayBound(allMs / targetMs)} with the declared parts.` : `${used}.`;
}

function testedLines(record: PrintedDrill, ms: number): BasisLine[] {
  const { recoveryTime, projection, objectives, sandbox, recoveryPoints } = record;
  const [point] = recoveryPoints;
  const from =
    recoveryPoints.length === 1 && point !== undefined ? `recovery point ${point.id}` : `${recoveryPoints.length} recovery points`;
  const place = sandbox === null ? '' : ` (sandbox: ${sandbox.cpus} CPUs, ${Math.floor(sandbox.memoryBytes / 1024 ** 3)} GiB)`;
  const took = `Restore to usable took ${sayTime(ms)} on ${dayText(record.startedAt)}${place}, from ${from}.`;
  const lines = [{ basis: basisWord[recoveryTime.basis], sentence: took }];
  if (projection === null) return lines;
  const end = `End to end ${sayTime(projection.ms)} against ${sayTime(objectives.rto.targetMs)}`;
  const rest = projection.ms > objectives.rto.targetMs ? 'no headroom' : `headroom ${sayHeadroom(Number(projection.headroom))}`;
  return [...lines, { basis: basisWord[projection.basis], sentence: `${end}; ${rest}.` }];
}

function untestedLines(record: PrintedDrill): BasisLine[] {
  const { because, atLeastMs } = record.recoveryTime;
  const reason = because === null ? 'no reason was recorded' : because;
  const lines = [{ basis: 'Not tested', sentence: `No recovery time: ${reason}.` }];
  return atLeastMs === null ? lines : [...lines, { basis: 'Measured', sentence: `More than ${sayTime(atLeastMs)} had passed.` }];
}
