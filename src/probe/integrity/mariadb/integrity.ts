import { abridge } from '../../abridge.ts';
import { mariadbAskerOf } from '../../asker.ts';
import type { Answer, Question } from '../../probe.ts';
import { refusalOf } from '../../refusal.ts';
import { Tally } from '../tally.ts';
import { examineConstraints, examineForeignKeys } from './constraint.ts';
import { examineTables } from './table.ts';

/** Whether what a MariaDB stores is sound: every table checked with its indexes and read, every reference and check tried against every row. */
export async function askMariadb(question: Question, stop: AbortSignal): Promise<Answer> {
  const asker = mariadbAskerOf(question.service, stop);
  const tally = new Tally(question, question.options['depth'] !== 'quick');
  // A dump writes every row anew.
  if (question.point?.kind !== 'dump') tally.limit('older-pages');
  try {
    await examineTables(asker, tally);
    if (tally.full) {
      await examineForeignKeys(asker, tally);
      await examineConstraints(asker, tally);
    }
  } catch (error) {
    tally.note('integrity.no-answer', 'inconclusive', { observed: refusalOf(error).observed });
  }
  return { findings: abridge(tally.conclude(), 'integrity.more'), limitations: tally.limitations() };
}
