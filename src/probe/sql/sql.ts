import { z } from 'zod';
import { durationOption } from '../../plan/values.ts';
import { asNamed, asTable, prepareMariaQuery, prepareQuery, prepareSqliteQuery } from '../plan-query.ts';
import type { Row } from '../asker.ts';
import { perEngine } from '../per-engine.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
import { ServiceError, type SqlOptions } from '../../service/service.ts';
import { refusalOf } from '../refusal.ts';
import { findingOfAnswer, findingOfRefusal } from './answer.ts';
import type { Expectation } from './expectation.ts';

/** How long an answer is waited for, so that a slow one is told from none. */
const LONGEST_MS = 600_000;

const query = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a number, a text, true or false' });

/**
 * One value, asked by a query of the plan and held against what the plan expects. Text is compared and never recorded. The query stands
 * where a table stands (`select …`, `with … select …`, `values …`). Without `expect` an answer must be there and not be false.
 */
const postgresSql: ProbeKind = {
  kind: 'sql',
  byDefaultFor: [],
  asks: ['postgres'],
  value: z.union(
    [
      query.transform(text => ({ query: text, with: {}, write: false })),
      z.strictObject({ query, with: z.record(z.string(), scalar).default({}), write: z.boolean().default(false) }),
    ],
    { error: 'expected a query, or { query, with }' },
  ),
  beside: {
    expect: z.strictObject({ atLeast: z.number().optional(), atMost: z.number().optional(), equals: scalar.optional() }).optional(),
    within: durationOption().optional(),
  },
  defaults: {},
  ask: (question, stop) => answered(question, askPostgres(question, stop)),
};

/** One value, asked by a query of the plan, of every engine that speaks SQL. */
export const sql: ProbeKind = perEngine([
  postgresSql,
  { ...postgresSql, asks: ['mariadb'], ask: (question, stop) => answered(question, askMaria(question, stop)) },
  { ...postgresSql, asks: ['sqlite'], ask: (question, stop) => answered(question, askSqlite(question, stop)) },
]);

function limitOf({ limitMs, options }: Question): number | null {
  return limitMs ?? (typeof options['within'] === 'number' ? options['within'] : null);
}

/** A row is the type and the value of what came back. */
async function answered(question: Question, asking: () => Promise<readonly Row[]>): Promise<Answer> {
  const limitMs = limitOf(question);
  const expectation = (question.options['expect'] ?? {}) as Expectation;
  const startedMs = performance.now();
  const timing = (): { readonly latencyMs: number; readonly limitMs: number | null } => ({
    latencyMs: Math.round(performance.now() - startedMs),
    limitMs,
  });
  try {
    const rows = await asking();
    return { findings: [findingOfAnswer({ question, expectation, ...timing() }, rows)] };
  } catch (error) {
    return { findings: [findingOfRefusal({ question, expectation, ...timing() }, refusalOf(error))] };
  }
}

function namedOf({ options }: Question): Readonly<Record<string, unknown>> {
  return (options['with'] ?? {}) as Readonly<Record<string, unknown>>;
}

function sqlOptions(question: Question, stop: AbortSignal): SqlOptions {
  const write = question.options['write'] === true ? { write: true } : {};
  return { stop, rows: 2, timeLimitMs: Math.max(LONGEST_MS, limitOf(question) ?? 0), ...write };
}

function askPostgres(question: Question, stop: AbortSignal): () => Promise<readonly Row[]> {
  const prepared = prepareQuery(String(question.options['query']), namedOf(question));
  const text = `select pg_catalog.pg_typeof(value)::pg_catalog.text as type, value from ${asTable(prepared.text)} limit 2`;
  return () => question.service.sql(text, { ...sqlOptions(question, stop), values: prepared.values, settings: { timezone: 'UTC' } });
}

/** The server says the type beside the answer. Its truths are numbers: where the plan expects a number, they stay that. */
function askMaria(question: Question, stop: AbortSignal): () => Promise<readonly Row[]> {
  const prepared = prepareMariaQuery(String(question.options['query']), namedOf(question));
  const { atLeast, atMost, equals } = (question.options['expect'] ?? {}) as Expectation;
  const wantsNumber = atLeast !== undefined || atMost !== undefined || typeof equals === 'number';
  return async () => {
    let type = 'text';
    const types = ([first = 'text']: readonly string[]): void => void (type = first);
    const rows = await question.service.sql(prepared.text, { ...sqlOptions(question, stop), values: prepared.values, types });
    return rows.map(row => {
      const [value = null] = Object.values(row);
      if (type !== 'boolean') return { type, value };
      return wantsNumber || value === null ? { type: 'bigint', value } : { type, value: value !== 0 };
    });
  };
}

const TYPES: Readonly<Record<string, string>> = { integer: 'bigint', real: 'double precision' };

/** Its truths are the numbers 0 and 1: without an expectation, or if the plan expects a truth, they are taken for that. */
function askSqlite(question: Question, stop: AbortSignal): () => Promise<readonly Row[]> {
  const { text, values, unknown } = prepareSqliteQuery(String(question.options['query']), namedOf(question));
  const { atLeast, atMost, equals } = (question.options['expect'] ?? {}) as Expectation;
  const wantsTruth = typeof equals === 'boolean' || [atLeast, atMost, equals].every(one => one === undefined);
  return async () => {
    if (unknown.length > 0)
      throw new ServiceError('query-failed', 'a parameter has no value', { hint: 'Give it one: `with:`.', sqlState: '42P02' });
    const asked = `${asNamed(text)} select typeof(value) as type, value from resurgam_answer limit 2`;
    const rows = await question.service.sql(asked, { ...sqlOptions(question, stop), values });
    return rows.map(({ type, value }) => {
      if (wantsTruth && type === 'integer' && (value === 0 || value === 1)) return { type: 'boolean', value: value === 1 };
      return { type: TYPES[String(type)] ?? 'text', value };
    });
  };
}
