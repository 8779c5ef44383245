import { z } from 'zod';
import { askAll, numberIn, textIn, type Reader } from '../../asker.ts';
import type { Facts } from '../../probe.ts';
import { quoteText } from '../../sql-name.ts';
import type { Tally } from '../tally.ts';

const KEYS = `
  select distinct m.name as child, f."table" as parent, f.id as id
  from sqlite_schema m, pragma_foreign_key_list(m.name) f where m.type = 'table' order by 1, 3`;

const Kept = z.object({ kind: z.literal('integrity'), broken: z.record(z.string(), z.number()) });

/**
 * How many rows refer to something that is not there. SQLite enforces references only if the application asks for it, so that a healthy
 * source may break some: what decides is whether there are more than at the last accepted drill.
 */
export async function examineReferences(asker: Reader, tally: Tally, baseline: Facts | undefined): Promise<Facts> {
  const before = Kept.safeParse(baseline).data?.broken;
  const keys = (await asker.rows(KEYS)).map(row => ({
    object: `${textIn(row, 'child')}.${textIn(row, 'parent')}`,
    counting: `select count(*) from pragma_foreign_key_check(${quoteText(textIn(row, 'child'))}) where fkid = ${numberIn(row, 'id') ?? -1}`,
  }));
  const { answered, refused } = await askAll(keys, 20, batch => {
    const each = batch.map(({ counting }, i) => `select ${i} as i, (${counting}) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  const broken: Record<string, number> = {};
  for (const [{ object }, row] of answered) {
    const observed = numberIn(row, 'n') ?? 0;
    if (observed === 0) continue;
    broken[object] = observed;
    const expected = before?.[object] ?? 0;
    const isNew = before !== undefined && observed > expected;
    tally.note('integrity.foreign-key-broken', 'failed', {
      object,
      unit: 'rows',
      expected,
      observed,
      ...(isNew ? {} : { required: false }),
    });
  }
  // Damage was told where the tables were read.
  for (const [{ object }, refusal] of refused)
    if (refusal.meaning !== 'damaged') tally.notExamined('integrity.constraint-not-checked', object, refusal);
  tally.count('constraints', answered.length - Object.keys(broken).length, keys.length);
  if (before === undefined && Object.keys(broken).length > 0) tally.limit('references-not-compared');
  return { kind: 'integrity', broken };
}
