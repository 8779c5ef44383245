import { z } from 'zod';
import { finding } from '../../finding/finding.ts';
import { durationOption } from '../../plan/values.ts';
import { numberIn, textIn, type Row } from '../asker.ts';
import { judgeFreshness } from '../freshness.ts';
import { perEngine } from '../per-engine.ts';
import { asNamed, asTable, prepareMariaQuery, prepareQuery } from '../plan-query.ts';
import type { Answer, Facts, ProbeKind, Question } from '../probe.ts';
import type { SqlOptions } from '../../service/service.ts';
import { refusalOf } from '../refusal.ts';

const LONGEST_MS = 600_000;
const TYPES: readonly string[] = ['timestamp with time zone', 'timestamp without time zone'];
const WITHOUT_ZONE = 'The newest time stamp bears no time zone and was taken as UTC.';

const query = z.string().min(1);
const everyMs = durationOption();

/**
 * The newest time stamp of the restored data, by a query of the plan. With `every` (the source is sure to write at least that often: a
 * heartbeat) it is the age that counts; without, it is only read and shown (measurement.md, section 7).
 */
const postgresNewest: ProbeKind = {
  kind: 'newest',
  byDefaultFor: [],
  asks: ['postgres'],
  value: z.union(
    [query.transform(text => ({ query: text, everyMs: null })), z.strictObject({ query, every: everyMs.optional() }).transform(inPlan)],
    {
      error: 'expected a query, or { query, every }',
    },
  ),
  beside: {},
  defaults: {},
  ask: (question, stop) => ask(question, readNewest(question, stop)),
};

/** The newest time stamp, of every engine that speaks SQL. */
export const newest: ProbeKind = perEngine([
  postgresNewest,
  { ...postgresNewest, asks: ['mariadb'], ask: (question, stop) => ask(question, readMaria(question, stop)) },
  { ...postgresNewest, asks: ['sqlite'], ask: (question, stop) => ask(question, readSqlite(question, stop)) },
]);

function inPlan(value: { readonly query: string; readonly every?: number | undefined }): {
  readonly query: string;
  readonly everyMs: number | null;
} {
  return { query: value.query, everyMs: value.every ?? null };
}

async function ask(question: Question, reading: Promise<Read>): Promise<Answer> {
  const every = typeof question.options['everyMs'] === 'number' ? question.options['everyMs'] : null;
  const read = await reading;
  const before = beforeOf(question.baseline);
  const consistentAt = question.point?.consistentAt ?? null;
  const judged = judgeFreshness({
    newest: read.at,
    everyMs: every,
    consistentAt,
    failureInstant: question.failureInstant,
    ...(before === undefined ? {} : { before }),
  });
  const { component, name, required } = question;
  const found = finding(judged.code, judged.outcome, {
    probe: name,
    component,
    required,
    expected: judged.expected,
    observed: read.at ?? read.because,
    latencyMs: read.latencyMs,
  });
  return {
    findings: [found],
    newest: { at: read.at, everyMs: every },
    ...(read.at === null ? {} : { facts: { kind: 'newest', newest: read.at, consistentAt } }),
    limitations: read.withoutZone ? [WITHOUT_ZONE] : [],
  };
}

interface Read {
  readonly at: string | null;
  /** Why there is none: an SQLSTATE or words of ours. */
  readonly because: string | null;
  readonly withoutZone: boolean;
  readonly latencyMs: number;
}

async function readNewest(question: Question, stop: AbortSignal): Promise<Read> {
  const prepared = prepareQuery(String(question.options['query']), {});
  const text = `select pg_catalog.pg_typeof(value)::pg_catalog.text as type, pg_catalog.date_part('epoch', value::pg_catalog.timestamptz) as epoch from ${asTable(prepared.text)} limit 2`;
  const settings = { timezone: 'UTC' };
  return readBy(() => question.service.sql(text, { ...limits(question, stop), settings }));
}

/** The session's time zone is UTC, so what the server prints is, too. */
async function readMaria(question: Question, stop: AbortSignal): Promise<Read> {
  const prepared = prepareMariaQuery(String(question.options['query']), {});
  return readBy(async () => {
    let type = 'text';
    const types = ([first = 'text']: readonly string[]): void => void (type = first);
    const rows = await question.service.sql(prepared.text, { ...limits(question, stop), types });
    return rows.map(row => {
      const [value] = Object.values(row);
      const ms = typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}Z`) : Number.NaN;
      return { type, epoch: Number.isNaN(ms) ? null : ms / 1_000 };
    });
  });
}

/**
 * SQLite has no type for moments. What applications store instead: a text such as `2026-11-27 08:00:00` (in UTC unless it says otherwise), seconds
 * or milliseconds since 1970 as an integer, or a Julian day as a real number.
 */
async function readSqlite(question: Question, stop: AbortSignal): Promise<Read> {
  const text = String(question.options['query']).replace(/[\s;]+$/, '');
  const asked = `${asNamed(text)} select
    case typeof(value) when 'text' then case when value glob '*[Zz]' or value glob '*[+-][0-9][0-9]:[0-9][0-9]' then '${TYPES[0]}' else '${TYPES[1]}' end
      when 'integer' then '${TYPES[0]}' when 'real' then '${TYPES[0]}' else typeof(value) end as type,
    case typeof(value)
      when 'text' then case when value glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
        then strftime('%s', value) + round(strftime('%f', value) - strftime('%S', value), 3) end
      when 'integer' then case when abs(value) > 100000000000 then value / 1000.0 else value end
      when 'real' then (value - 2440587.5) * 86400 end as epoch
    from resurgam_answer limit 2`;
  return readBy(() => question.service.sql(asked, limits(question, stop)));
}

function limits(question: Question, stop: AbortSignal): SqlOptions {
  return { stop, timeLimitMs: question.limitMs ?? LONGEST_MS, rows: 2 };
}

/** One row with the type and the seconds since 1970 of what came back. */
async function readBy(asking: () => Promise<readonly Row[]>): Promise<Read> {
  const startedMs = performance.now();
  const none = (because: string): Read => ({ at: null, because, withoutZone: false, latencyMs: Math.round(performance.now() - startedMs) });
  try {
    const rows = await asking();
    return rows.length === 1 ? readRow(rows[0], none) : none(rows.length === 0 ? 'no row' : 'more than one row');
  } catch (error) {
    return none(refusalOf(error).observed);
  }
}

function readRow(row: Row | undefined, none: (because: string) => Read): Read {
  const type = textIn(row, 'type');
  if (!TYPES.includes(type)) return none('not a time stamp');
  const seconds = numberIn(row, 'epoch');
  // Years of four digits only: `infinity` and the like are no moments.
  if (seconds === undefined || seconds < -62_000_000_000 || seconds > 253_000_000_000) return none('no moment');
  return { ...none(''), at: new Date(Math.floor(seconds * 1_000)).toISOString(), because: null, withoutZone: type === TYPES[1] };
}

function beforeOf(facts: Facts | undefined): { readonly newest: string; readonly consistentAt: string | null } | undefined {
  if (typeof facts?.['newest'] !== 'string') return undefined;
  return { newest: facts['newest'], consistentAt: typeof facts['consistentAt'] === 'string' ? facts['consistentAt'] : null };
}
