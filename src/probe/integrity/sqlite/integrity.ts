import { abridge } from '../../abridge.ts';
import { sqliteAskerOf } from '../../asker.ts';
import type { Answer, Question } from '../../probe.ts';
import { refusalOf } from '../../refusal.ts';
import { Tally } from '../tally.ts';
import { examineReferences } from './references.ts';
import { examineStructure } from './structure.ts';

/** Whether what a SQLite database stores is sound: every page and index by its own check, every reference against every row. */
export async function askSqlite(question: Question, stop: AbortSignal): Promise<Answer> {
  const asker = sqliteAskerOf(question.service, stop);
  const tally = new Tally(question, question.options['depth'] !== 'quick');
  let facts: Answer['facts'];
  try {
    await examineStructure(asker, tally);
    if (tally.full) facts = await examineReferences(asker, tally, question.baseline);
  } catch (error) {
    tally.note('integrity.no-answer', 'inconclusive', { observed: refusalOf(error).observed });
  }
  return {
    findings: abridge(tally.conclude(), 'integrity.more'),
    limitations: tally.limitations(),
    ...(facts === undefined ? {} : { facts }),
  };
}
