import { finding, type Finding, type FindingCode, type Outcome } from '../../finding/finding.ts';
import { BY_LIMIT } from '../limit.ts';
import type { LimitHit } from '../target.ts';
import type { JudgedError, Meaning } from './error-rules.ts';
import { objectOf } from './restore-object.ts';

const PROBE = 'restore';
/** So many rules are named one by one. */
const LISTED = 20;
/** What may follow from a missing extension, library or sort order: something is not there. Damaged values cannot. */
const MAY_FOLLOW = ['42', '3F', '0A', '55', '23503'];

export interface Refusals {
  readonly errors: readonly JudgedError[];
  /** Errors that are known to have happened and of which nothing is known. */
  readonly uncounted: number;
  readonly limit: LimitHit | undefined;
  readonly alive: boolean;
  /** The archive could not be read to its end: then the client left in the middle of a statement. */
  readonly damaged: boolean;
  /** An extension was missing before anything was tried. */
  readonly lacking: boolean;
}

/** Every refused statement in a finding: harmless ones counted, the others by what they mean. */
export function findingsOf(refusals: Refusals): readonly Finding[] {
  const broken = brokenSandbox(refusals);
  const lacking = missingHere(refusals.errors);
  const harmless = refusals.errors.filter(error => error.meaning === 'harmless');
  const explained: readonly Meaning[] = [
    'harmless',
    'extension-missing',
    'library-missing',
    'collation-missing',
    'disk-full',
    'out-of-memory',
  ];
  const bad = refusals.errors.filter(
    error => !explained.includes(error.meaning) && !(isOfEnd(error.meaning) && (refusals.damaged || broken.length > 0)),
  );
  const outcome = (error: JudgedError): Outcome =>
    broken.length > 0 || ((refusals.lacking || lacking.length > 0) && mayFollow(error)) ? 'inconclusive' : 'failed';
  return [...broken, ...lacking, ...constraints(bad, outcome), ...others(bad, outcome), ...uncounted(refusals, broken), ...notes(harmless)];
}

/** A COPY that was refused before it took a row: psql reads its rows as commands, so what comes after it says nothing. */
export function isRefusedTable(error: JudgedError): boolean {
  return error.tokens[0]?.text === 'copy' && ['42', '3F', '0A'].includes(error.sqlState.slice(0, 2));
}

/** The errors of a script that count: up to the first table that could not take its rows. */
export function untilRefusedTable(errors: readonly JudgedError[]): {
  readonly counted: readonly JudgedError[];
  readonly table: string | null;
} {
  const at = errors.findIndex(isRefusedTable);
  const first = errors[at];
  return first === undefined ? { counted: errors, table: null } : { counted: errors.slice(0, at + 1), table: objectOf(first.tokens) };
}

function isOfEnd(meaning: Meaning): boolean {
  return meaning === 'client-left' || meaning === 'server-ended';
}

function mayFollow(error: JudgedError): boolean {
  return MAY_FOLLOW.some(state => error.sqlState.startsWith(state));
}

/** A limit of ours that bit, or a server that ended: nothing after it says anything about the backup. */
function brokenSandbox({ errors, limit, alive }: Refusals): readonly Finding[] {
  const codes = new Set<FindingCode>();
  if (limit !== undefined) codes.add(BY_LIMIT[limit]);
  if (errors.some(error => error.meaning === 'disk-full')) codes.add('restore.sandbox-disk-full');
  if (errors.some(error => error.meaning === 'out-of-memory')) codes.add('restore.out-of-memory');
  if (codes.size === 0 && !alive) codes.add('restore.server-died');
  return [...codes].map(code => finding(code, 'inconclusive', { probe: PROBE }));
}

const MISSING: readonly (readonly [Meaning, FindingCode])[] = [
  ['extension-missing', 'restore.extension-missing'],
  ['library-missing', 'restore.library-missing'],
  ['collation-missing', 'restore.collation-missing'],
];

function missingHere(errors: readonly JudgedError[]): readonly Finding[] {
  return MISSING.flatMap(([meaning, code]) => {
    const of = errors.filter(error => error.meaning === meaning);
    if (of.length === 0) return [];
    if (meaning !== 'extension-missing') return [finding(code, 'inconclusive', { probe: PROBE, observed: of.length })];
    const names = new Set(of.map(error => objectOf(error.tokens)));
    return [...names].map(object => finding(code, 'inconclusive', { probe: PROBE, object }));
  });
}

type OutcomeOf = (error: JudgedError) => Outcome;

function isConstraint(error: JudgedError): boolean {
  return error.sqlState.startsWith('23') && ['alter', 'create'].includes(error.tokens[0]?.text ?? '');
}

function constraints(bad: readonly JudgedError[], outcome: OutcomeOf): readonly Finding[] {
  const broken = bad.filter(isConstraint);
  return broken.slice(0, LISTED).map(error =>
    finding('restore.constraint-not-restored', outcome(error), {
      probe: PROBE,
      object: objectOf(error.tokens),
      observed: `SQLSTATE ${error.sqlState}`,
    }),
  );
}

/** One finding for each SQLSTATE and outcome. */
function others(bad: readonly JudgedError[], outcome: OutcomeOf): readonly Finding[] {
  const listed = new Set(bad.filter(isConstraint).slice(0, LISTED));
  const groups = new Map<string, JudgedError[]>();
  for (const error of bad) {
    if (listed.has(error)) continue;
    const key = `${error.sqlState} ${outcome(error)}`;
    groups.set(key, [...(groups.get(key) ?? []), error]);
  }
  return [...groups.values()].flatMap(errors => {
    const [first] = errors;
    if (first === undefined) return [];
    const object = errors.map(error => objectOf(error.tokens)).find(name => name !== null) ?? null;
    const unit = `SQLSTATE ${first.sqlState}`;
    return [finding('restore.errors', outcome(first), { probe: PROBE, object, unit, expected: 0, observed: errors.length })];
  });
}

function uncounted(refusals: Refusals, broken: readonly Finding[]): readonly Finding[] {
  if (refusals.uncounted === 0) return [];
  const outcome = broken.length > 0 ? 'inconclusive' : 'failed';
  return [finding('restore.errors', outcome, { probe: PROBE, unit: 'SQLSTATE unknown', expected: 0, observed: refusals.uncounted })];
}

function notes(harmless: readonly JudgedError[]): readonly Finding[] {
  if (harmless.length === 0) return [];
  const rules = [...new Set(harmless.map(error => error.rule))].join(', ');
  return [finding('restore.harmless', 'passed', { probe: PROBE, required: false, object: rules, observed: harmless.length })];
}
