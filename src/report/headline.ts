import { catalogue, type FindingCode } from '../finding/catalogue.ts';
import type { PrintedDrill } from '../evidence/record.ts';
import { sayAge, sayTime } from '../measurement/wording.ts';
import type { HeadlineView } from './view.ts';
import { afterColon, clipped, counted, withStamps } from './words.ts';

/** A headline is one line, or two; names may be longer than that. */
const LONGEST = 240;

/** The verdict in one line, in words a director reads. */
export function headline(record: PrintedDrill): HeadlineView {
  const { verdict } = record;
  // Several backups make one system: none of them alone came back or did not.
  const what = record.method === 'component' ? 'This backup' : 'This system';
  const under = circumstances(record);
  if (under !== undefined && verdict === 'passed') {
    return { verdict, statement: `It came back ${under}.`, because: whatCameBack(record) };
  }
  if (under !== undefined && verdict === 'failed') {
    return { verdict, statement: `It did NOT come back ${under}:`, because: because(record, ['failed']) };
  }
  switch (verdict) {
    case 'passed':
      return { verdict, statement: `${what} came back.`, because: whatCameBack(record) };
    case 'objective-missed':
      return { verdict, ...missed(record) };
    case 'failed':
      return { verdict, statement: `${what} did NOT come back:`, because: because(record, ['failed']) };
    case 'inconclusive':
      return { verdict, statement: 'We could not tell:', because: because(record, ['inconclusive', 'skipped']) };
  }
}

/** What was supposed to have happened, or was denied. */
function circumstances({ scenario, without }: PrintedDrill): string | undefined {
  if (scenario !== null) return `in the scenario “${clipped(scenario.name, LONGEST)}”`;
  return without.length > 0 ? `without ${without.join(' and ')}` : undefined;
}

function whatCameBack(record: PrintedDrill): string {
  const { recoveryTime: time, recoveryPointAge: age } = record;
  const first = time.ms === null ? 'The recovery time was not tested' : `Usable after ${sayTime(time.ms)}`;
  const second = age.ms === null ? 'the age of its data was not tested' : `its data were ${sayAge(age.ms)} old`;
  return `${first}; ${second}.`;
}

/** Promised by a contract, or only our own default: the sentence must not blur it (controls.md, section 1). */
function missed(record: PrintedDrill): Pick<HeadlineView, 'statement' | 'because'> {
  const { rto, rpo, source } = record.objectives;
  const than = source === 'default' ? 'than the default objective' : 'than promised';
  const late = rto.result === 'missed';
  const old = rpo.result === 'missed';
  const how = [late ? 'later' : '', old ? 'older' : ''].filter(word => word !== '').join(' and ');
  const clauses = [late ? lateClause(record) : '', old ? oldClause(record) : ''].filter(clause => clause !== '');
  return { statement: `It came back, but ${how} ${than}:`, because: `${clauses.join('; ')}.` };
}

function lateClause(record: PrintedDrill): string {
  const { rto } = record.objectives;
  if (rto.by === 'projected' && record.projection !== null) {
    return `with detection and decision it takes ${sayTime(record.projection.ms)}, the objective is ${sayTime(rto.targetMs)}`;
  }
  const took = record.recoveryTime.ms === null ? 'it was too late' : `it took ${sayTime(record.recoveryTime.ms)}`;
  return `${took}, the objective is ${sayTime(rto.targetMs)}`;
}

function oldClause(record: PrintedDrill): string {
  const { ms } = record.recoveryPointAge;
  const target = sayAge(record.objectives.rpo.targetMs);
  return ms === null ? `its data were older than ${target}` : `its data were ${sayAge(ms)} old, the objective is ${target}`;
}

/** The sentence of the finding that decided, and how many more there are. */
function because(record: PrintedDrill, outcomes: readonly string[]): string {
  const deciding = outcomes.flatMap(outcome => record.findings.filter(found => found.required && found.outcome === outcome));
  const [first] = deciding;
  if (first === undefined) return sentenceOfReasons(record.reasons);
  const others = deciding.filter(found => found.outcome === first.outcome).length - 1;
  const more = others > 0 ? ` And ${counted(others, 'more finding')} like it.` : '';
  return `${clipped(afterColon(withStamps(first.sentence)), LONGEST)}${more}`;
}

/** Reasons that are no finding: of the verdict itself. Sentences that need a finding's facts cannot be used here. */
function sentenceOfReasons(reasons: readonly string[]): string {
  const sentences = reasons.map(reason => (reason in catalogue ? catalogue[reason as FindingCode].sentence : undefined));
  const usable = sentences.find(sentence => sentence !== undefined && !sentence.includes('{'));
  return usable === undefined ? 'the drill could not conclude.' : afterColon(usable);
}
