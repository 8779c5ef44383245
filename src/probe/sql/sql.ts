import { z } from 'zod';
import { durationOption } from '../../plan/values.ts';
import { asTable, prepareQuery } from '../plan-query.ts';
import type { Answer, ProbeKind, Question } from '../probe.ts';
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
export const sql: ProbeKind = {
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
  ask,
};

async function ask(question: Question, stop: AbortSignal): Promise<Answer> {
  const { options } = question;
  const prepared = prepareQuery(String(options['query']), (options['with'] ?? {}) as Readonly<Record<string, unknown>>);
  const limitMs = question.limitMs ?? (typeof options['within'] === 'number' ? options['within'] : null);
  const expectation = (options['expect'] ?? {}) as Expectation;
  const startedMs = performance.now();
  const timing = (): { readonly latencyMs: number; readonly limitMs: number | null } => ({
    latencyMs: Math.round(performance.now() - startedMs),
    limitMs,
  });
  try {
    const rows = await question.service.sql(
      `select pg_catalog.pg_typeof(value)::pg_catalog.text as type, value from ${asTable(prepared.text)} limit 2`,
      {
        values: prepared.values,
        stop,
        rows: 2,
        timeLimitMs: Math.max(LONGEST_MS, limitMs ?? 0),
        settings: { timezone: 'UTC' },
        ...(options['write'] === true ? { write: true } : {}),
      },
    );
    return { findings: [findingOfAnswer({ question, expectation, ...timing() }, rows)] };
  } catch (error) {
    return { findings: [findingOfRefusal({ question, expectation, ...timing() }, refusalOf(error))] };
  }
}
