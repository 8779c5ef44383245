import { z } from 'zod';
import { abridge } from '../abridge.ts';
import { askerOf } from '../asker.ts';
import { perEngine } from '../per-engine.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';
import { promisesIn, toExamine } from './to-examine.ts';
import { withAmcheck } from './amcheck.ts';
import { examineChecks } from './check.ts';
import { examineDuplicates } from './duplicate.ts';
import { examineForeignKeys } from './foreign-key.ts';
import { examineIndexes } from './index-scan.ts';
import { askMariadb } from './mariadb/integrity.ts';
import { askSqlite } from './sqlite/integrity.ts';
import { Tally } from './tally.ts';
import { examineTables } from './table.ts';
import { examineState } from './state.ts';

/**
 * Whether what is stored is sound: every table read, every B-tree compared with its table, every promise about the data (keys, references,
 * checks) tried against every row. `quick` reads structure only.
 */
const postgresIntegrity: ProbeKind = {
  kind: 'integrity',
  byDefaultFor: ['postgres'],
  asks: ['postgres'],
  value: z.enum(['full', 'quick'], { error: 'expected full or quick' }).transform(depth => ({ depth })),
  beside: {},
  defaults: { depth: 'full' },
  ask,
};

/** Whether what is stored is sound, of every engine that can be examined. */
export const integrity: ProbeKind = perEngine([
  postgresIntegrity,
  { ...postgresIntegrity, byDefaultFor: ['mariadb'], asks: ['mariadb'], ask: askMariadb },
  { ...postgresIntegrity, byDefaultFor: ['sqlite'], asks: ['sqlite'], ask: askSqlite },
]);

async function ask(question: Question, stop: AbortSignal): Promise<Answer> {
  const asker = askerOf(question.service, stop);
  const full = question.options['depth'] !== 'quick';
  const tally = new Tally(question, full);
  let promises = '';
  try {
    promises = full ? await promisesIn(asker) : '';
    const samePromises = promises !== '' && promises === question.baseline?.['promises'];
    tally.toExamine = await toExamine(asker, { unaltered: question.service.unaltered, samePromises });
    await withAmcheck(asker, tally, async amcheck => {
      await examineTables(asker, tally, amcheck);
      await examineIndexes(asker, tally, amcheck);
    });
    if (full) {
      await examineForeignKeys(asker, tally);
      await examineDuplicates(asker, tally);
      await examineChecks(asker, tally);
    }
    await examineState(asker, tally);
  } catch (error) {
    tally.note('integrity.no-answer', 'inconclusive', { observed: refusalOf(error).observed });
  }
  const answer = { findings: abridge(tally.conclude(), 'integrity.more'), limitations: tally.limitations() };
  return promises === '' ? answer : { ...answer, facts: { promises } };
}
