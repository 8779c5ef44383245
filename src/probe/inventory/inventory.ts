import { z } from 'zod';
import { finding } from '../../finding/finding.ts';
import { percentOption } from '../../plan/values.ts';
import { abridge } from '../abridge.ts';
import { askerOf, mariadbAskerOf, sqliteAskerOf, type Reader } from '../asker.ts';
import { perEngine } from '../per-engine.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
import { refusalOf } from '../refusal.ts';
import { compareWithDump, setsEverySequence } from './against-dump.ts';
import { collect, type Collecting } from './collect.ts';
import { collectMariadb } from './mariadb/collect.ts';
import { judgeMariadb, limitationsOfMariadb, type Looking } from './mariadb/judge.ts';
import { collectSqlite, limitationsOfSqlite, unusableViews } from './sqlite/collect.ts';
import { compareCollations } from './collation.ts';
import { compareObjects, type Noted } from './compare-objects.ts';
import { compareRoles } from './compare-roles.ts';
import { compareRows, isOtherDatabase } from './compare-rows.ts';
import { NotCounted } from './not-counted.ts';
import { readFacts, type InventoryFacts } from './facts.ts';
import { ignoring } from './ignore.ts';
import { limitations, missingTypedLargeObjects } from './limitation.ts';

const TOKEN_LENGTH = 16;

/**
 * What the restored database holds: everything in it named and counted, compared with what the backup says of itself and with what the last
 * accepted drill saw.
 */
const postgresInventory: ProbeKind = {
  kind: 'inventory',
  byDefaultFor: ['postgres'],
  asks: ['postgres'],
  value: z
    .strictObject({ ignore: z.array(z.string().min(1)).default([]), counts: z.strictObject({ tolerance: percentOption() }).optional() })
    .transform(({ ignore, counts }) => ({ ignore, tolerance: counts?.tolerance ?? null })),
  beside: {},
  defaults: { ignore: [], tolerance: null },
  ask: (question, stop) => ask(question, { ...POSTGRES, asker: askerOf(question.service, stop) }),
};

/** What the restored databases hold, of every engine that knows. */
export const inventory: ProbeKind = perEngine([
  postgresInventory,
  {
    ...postgresInventory,
    byDefaultFor: ['mariadb'],
    asks: ['mariadb'],
    ask: (question, stop) => ask(question, { ...MARIADB, asker: mariadbAskerOf(question.service, stop) }),
  },
  {
    ...postgresInventory,
    byDefaultFor: ['sqlite'],
    asks: ['sqlite'],
    ask: (question, stop) => ask(question, { ...SQLITE, asker: sqliteAskerOf(question.service, stop) }),
  },
]);

/** What only one engine knows how to ask. */
interface Engine {
  readonly collect: (collecting: Collecting) => Promise<InventoryFacts>;
  /** What is bad in itself, beyond what every engine has. */
  readonly judgeBeside: (looking: Looking) => Promise<readonly Noted[]>;
  readonly limitations: (question: Question, now: InventoryFacts) => readonly string[];
}

const POSTGRES: Engine = {
  collect,
  judgeBeside: async ({ asker, now }) => [...(await missingTypedLargeObjects(asker, now)), ...(await compareCollations(asker, now.major))],
  limitations,
};

const MARIADB: Engine = { collect: collectMariadb, judgeBeside: judgeMariadb, limitations: limitationsOfMariadb };

const SQLITE: Engine = { collect: collectSqlite, judgeBeside: unusableViews, limitations: limitationsOfSqlite };

async function ask(question: Question, engine: Engine & { readonly asker: Reader }): Promise<Answer> {
  const { asker } = engine;
  const token = (text: string): string => question.pseudonym(text).slice(0, TOKEN_LENGTH);
  try {
    const now = await engine.collect({ asker, major: question.service.major, token });
    const noted = await judge(question, now, engine);
    return { findings: inPlace(question, noted), facts: now, limitations: engine.limitations(question, now) };
  } catch (error) {
    const facts =
      error instanceof NotCounted ? { object: error.object, observed: error.observed } : { observed: refusalOf(error).observed };
    return { findings: inPlace(question, [{ code: 'inventory.no-answer', outcome: 'inconclusive', facts }]) };
  }
}

async function judge(question: Question, now: InventoryFacts, engine: Engine & { readonly asker: Reader }): Promise<readonly Noted[]> {
  if (Object.keys(now.objects.table ?? {}).length + now.filled.length === 0)
    return [{ code: 'inventory.empty', outcome: 'failed', facts: {} }];
  const { ignore, tolerance } = question.options;
  const ignored = ignoring(Array.isArray(ignore) ? ignore.map(String) : []);
  const before = readFacts(question.baseline);
  const dump = compareWithDump({ now, says: question.says, ignored });
  const noted = [
    ...dump.noted,
    ...withoutBaseline({ now, before, asInSource: setsEverySequence(now, question.says) }),
    ...(await engine.judgeBeside({ asker: engine.asker, now, before, ignored, says: question.says })),
  ];
  if (before !== undefined) noted.push(...compareAll({ before, now, ignored }, typeof tolerance === 'number' ? tolerance : null));
  if (noted.some(one => one.outcome === 'failed' && one.facts.required !== false)) return noted;
  return [...noted, ...wellDone(now, dump.rows)];
}

function compareAll(comparison: Parameters<typeof compareObjects>[0], tolerance: number | null): readonly Noted[] {
  const other = isOtherDatabase(comparison);
  if (other !== undefined) {
    return [
      { code: 'inventory.other-database', outcome: 'failed', facts: { unit: 'tables', expected: other.of, observed: other.differing } },
    ];
  }
  return [...compareObjects(comparison), ...compareRows(comparison, tolerance), ...compareRoles(comparison)];
}

interface Alone {
  readonly now: InventoryFacts;
  readonly before: InventoryFacts | undefined;
  /** The backup put every sequence where it stood in the source. */
  readonly asInSource: boolean;
}

/** What is bad in itself, whatever was there before; unless it was so at an accepted drill, or in the source. */
function withoutBaseline({ now, before, asInSource }: Alone): readonly Noted[] {
  const noted: Noted[] = [];
  const holdsRows = (facts: InventoryFacts): boolean => Object.values(facts.rows).some(rows => rows > 0);
  if (!holdsRows(now) && (before === undefined || holdsRows(before)))
    noted.push({ code: 'inventory.no-rows', outcome: 'failed', facts: { observed: 0, unit: 'rows' } });
  for (const object of now.behind) {
    const known = asInSource || before?.behind.includes(object) === true;
    noted.push({ code: 'inventory.sequence-behind', outcome: 'failed', facts: { object, ...(known ? { required: false } : {}) } });
  }
  return noted;
}

function wellDone(now: InventoryFacts, dumped: number | null): readonly Noted[] {
  const objects = Object.values(now.objects).reduce((sum, things) => sum + Object.keys(things).length, 0);
  const rows = Object.values(now.rows).reduce((sum, count) => sum + count, 0);
  return [
    { code: 'inventory.ok', outcome: 'passed', facts: { observed: objects, unit: 'objects' } },
    { code: 'inventory.rows-ok', outcome: 'passed', facts: { observed: rows, expected: dumped, unit: 'rows' } },
  ];
}

function inPlace({ component, name, required }: Question, noted: readonly Noted[]): Answer['findings'] {
  const findings = noted.map(({ code, outcome, facts }) =>
    finding(code, outcome, { ...facts, probe: name, component, required: required && facts.required !== false }),
  );
  return abridge(findings, 'inventory.more');
}
