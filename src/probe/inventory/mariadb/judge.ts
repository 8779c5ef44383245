import { numberIn, textIn, type Reader, type Row } from '../../asker.ts';
import type { Question } from '../../probe.ts';
import { refusalOf } from '../../refusal.ts';
import { quoteQualified } from '../../sql-name.ts';
import type { Noted } from '../../noted.ts';
import { readFacts, thingsOf, type InventoryFacts } from '../facts.ts';
import { isLoss } from '../compare-rows.ts';
import { ACCOUNTS, DEFINED } from './objects-sql.ts';

/** What is known when it is judged. */
export interface Looking {
  readonly asker: Reader;
  readonly now: InventoryFacts;
  readonly before: InventoryFacts | undefined;
  readonly ignored: (name: string) => boolean;
  readonly says: Readonly<Record<string, unknown>>;
}

/** A heavy view is not waited for: that it begins to answer is enough. */
const VIEW_SECONDS = 20;

/** What is bad in itself: views that cannot be used, accounts that are not there, values that were spoiled without any error. */
export async function judgeMariadb(looking: Looking): Promise<readonly Noted[]> {
  return [
    ...(await unusableViews(looking)),
    ...(await missingDefiners(looking)),
    ...narrowedText(looking),
    ...shiftedTimes(looking),
    ...notes(looking),
  ];
}

/** A view is only opened when it is used (failure mode M02): each is asked for one row. */
async function unusableViews({ asker, now, ignored }: Looking): Promise<readonly Noted[]> {
  const noted: Noted[] = [];
  for (const object of Object.keys(thingsOf(now, 'view'))) {
    if (ignored(object)) continue;
    const at = object.indexOf('.');
    const view = quoteQualified(object.slice(0, at), object.slice(at + 1));
    try {
      await asker.rows(`set statement max_statement_time = ${VIEW_SECONDS} for select 1 as one from ${view} limit 1`);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.final) throw error;
      if (refusal.observed !== 'query-timeout')
        noted.push({ code: 'inventory.view-unusable', outcome: 'failed', facts: { object, observed: refusal.observed } });
    }
  }
  return noted;
}

/** What runs as an account that is not there fails when it is used. Views are told by themselves. */
async function missingDefiners({ asker, ignored }: Looking): Promise<readonly Noted[]> {
  const accounts = new Set((await asker.rows(ACCOUNTS)).map(row => textIn(row, 'account')));
  const isMissing = (row: Row): boolean => {
    const definer = textIn(row, 'definer');
    const known = accounts.has(definer) || accounts.has(`${definer}@`) || accounts.has(definer.replace(/@%?$/, '@'));
    return textIn(row, 'kind') !== 'view' && numberIn(row, 'runs_as') === 1 && !known && !ignored(textIn(row, 'name'));
  };
  const missing = (await asker.rows(DEFINED)).filter(isMissing);
  return [...new Set(missing.map(row => textIn(row, 'kind')))].map((kind): Noted => {
    const same = missing.filter(row => textIn(row, 'kind') === kind);
    const facts = { unit: `${kind}s`, object: textIn(same[0], 'name'), expected: 0, observed: same.length };
    return { code: 'inventory.definer-missing', outcome: 'failed', facts };
  });
}

/** Characters of four bytes that became question marks on the way (failure mode M04): rows, sizes and definitions stay as they were. */
function narrowedText({ before, now, ignored }: Looking): readonly Noted[] {
  return Object.entries(before?.wide ?? {})
    .filter(([column, count]) => count > 0 && now.wide?.[column] !== undefined && !ignored(column))
    .filter(([column, count]) => now.wide?.[column] === 0 || isLoss(count, now.wide?.[column] ?? 0, null))
    .map(([column, expected]): Noted => {
      const facts = { object: column, unit: 'values', expected, observed: now.wide?.[column] ?? 0 };
      return { code: 'inventory.text-narrowed', outcome: 'failed', facts };
    });
}

const QUARTER = 900;
const FARTHEST = 14 * 3_600;

/**
 * Moments that moved by a whole zone (failure mode M05): what is displayed is the same. The earliest moment of a column seldom moves at all;
 * when most of those columns whose earliest moved did so by one and the same zone, nothing else explains it.
 */
function shiftedTimes({ before, now, ignored }: Looking): readonly Noted[] {
  const moved = Object.entries(before?.earliest ?? {}).flatMap(([column, was]) => {
    const is = now.earliest?.[column];
    return is === undefined || is === was || ignored(column) ? [] : [{ column, by: is - was }];
  });
  const zones = moved.filter(({ by }) => by % QUARTER === 0 && Math.abs(by) <= FARTHEST);
  const [first] = zones;
  const same = zones.filter(({ by }) => by === first?.by);
  const stayed = Object.keys(before?.earliest ?? {}).length - moved.length;
  if (first === undefined || same.length * 2 <= moved.length || stayed > same.length) return [];
  const facts = { object: first.column, unit: 'columns', expected: first.by, observed: same.length };
  return [{ code: 'inventory.times-shifted', outcome: 'failed', facts }];
}

/** Every one of these can hold what a table of utf8mb4 holds. */
const WIDE = ['utf8mb4', 'utf16', 'utf16le', 'utf32', 'binary'];

/** What the dump itself says of how it was made, whether or not anything was lost by it. */
function notes({ now, says }: Looking): readonly Noted[] {
  const noted: Noted[] = [];
  const charset = says['charset'];
  if (typeof charset === 'string' && !WIDE.includes(charset) && Object.keys(now.wide ?? {}).length > 0)
    noted.push({ code: 'inventory.charset-too-small', outcome: 'failed', facts: { required: false, observed: charset } });
  if (says['setsTimeZone'] === false && Object.keys(now.earliest ?? {}).length > 0)
    noted.push({ code: 'inventory.time-zone-unsaid', outcome: 'failed', facts: { required: false } });
  return noted;
}

const NO_BASELINE = 'There is no earlier accepted drill of this component to compare with.';
const NO_ROUTINES = 'The dump was made without stored procedures and functions (--routines), so none were expected.';
const NO_EVENTS = 'The dump was made without events (--events), so none were expected.';
const NO_ACCOUNTS = 'The backup holds no accounts, so whether people and applications may sign in was not shown.';

/** What this look at the inventory could not cover. */
export function limitationsOfMariadb(question: Question, now: InventoryFacts): readonly string[] {
  const parts = question.says['dumpedParts'];
  const said = Array.isArray(parts) ? parts.map(String) : ['routines', 'events'];
  return [
    ...(readFacts(question.baseline) === undefined ? [NO_BASELINE] : []),
    ...(said.includes('routines') ? [] : [NO_ROUTINES]),
    ...(said.includes('events') ? [] : [NO_EVENTS]),
    ...(Object.keys(thingsOf(now, 'account')).length === 0 ? [NO_ACCOUNTS] : []),
  ];
}
