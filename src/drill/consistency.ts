import type { ConsistencyCheck } from '../plan/plan.ts';
import { inCheck, judgePosition, judgeReferences, type CheckPlace, type ReferencesSeen } from '../probe/consistency.ts';
import { nameDigest, pathOf } from '../probe/reference.ts';
import { refusalOf } from '../probe/refusal.ts';
import type { Finding } from '../finding/finding.ts';
import type { RunningService } from '../service/service.ts';
import { componentOf } from './begin.ts';
import { isDeniedName } from './denied.ts';
import { isStopped, notAsked, note, step, type DrillRun } from './run.ts';

/** More references than this are not looked at: the check is then inconclusive, and the plan can ask for a part of them. */
const MOST_ROWS = 2_000_000;
/** So many go to the reader in the jail at a time. */
const CHUNK = 20_000;
const LONGEST_MS = 1_800_000;

/** Whether the components fit together: asked once all of them run, after the questions to each of them. */
export async function askConsistency(run: DrillRun): Promise<void> {
  const partners = (check: ConsistencyCheck): readonly string[] => [
    check.of,
    check.kind === 'references' ? check.existsIn : check.notBeyond.component,
  ];
  const checks = (run.request.plan.consistency ?? []).filter(check => !partners(check).some(name => isDeniedName(run, name)));
  if (checks.length === 0) return;
  await step(run, { component: null, phase: 'probes', broken: 'drill.could-not-ask' }, async () => {
    for (const check of checks) note(run, null, await askOne(run, check));
  });
}

async function askOne(run: DrillRun, check: ConsistencyCheck): Promise<readonly Finding[]> {
  const component = check.kind === 'references' ? check.existsIn : check.of;
  const at: CheckPlace = { check, component };
  const [from, to] = [readyOf(run, check.of), readyOf(run, check.kind === 'references' ? check.existsIn : check.notBeyond.component)];
  if (from === undefined || to === undefined || isStopped(run)) {
    notAsked(run, component, { probe: check.name, required: check.required });
    return [];
  }
  run.tools.events.progress({ phase: 'probes', doneBytes: 0, totalBytes: null, note: check.name });
  try {
    if (check.kind === 'position') {
      const limit = await numberOf(to, check.notBeyond.query, run.stop);
      return [judgePosition(at, { highest: await numberOf(from, check.highest, run.stop), limit })];
    }
    const seen =
      to.files === undefined || check.as !== null
        ? await valuesSeen(check, { from, to }, run.stop)
        : await filesSeen(check, { from, to }, run.stop);
    return seen === 'too-many'
      ? [inCheck(at, { code: 'consistency.too-many', outcome: 'inconclusive', facts: { unit: 'rows', expected: MOST_ROWS } })]
      : judgeReferences(at, seen);
  } catch (error) {
    const { meaning, observed } = refusalOf(error);
    const bad = meaning === 'absent' || meaning === 'damaged';
    const code = bad ? 'consistency.not-askable' : 'consistency.no-answer';
    return [inCheck(at, { code, outcome: bad ? 'failed' : 'inconclusive', facts: { observed } })];
  }
}

function readyOf(run: DrillRun, name: string): RunningService | undefined {
  const running = componentOf(run, name)?.running;
  return running?.ready === true ? running : undefined;
}

type References = Extract<ConsistencyCheck, { kind: 'references' }>;
interface Both {
  readonly from: RunningService;
  readonly to: RunningService;
}

/** The first column of each row, and the second if there is one. */
async function rowsOf(
  service: RunningService,
  query: string,
  stop: AbortSignal,
): Promise<readonly (readonly [string, string | null])[] | 'too-many'> {
  const rows = await service.sql(query, { stop, rows: MOST_ROWS + 1, timeLimitMs: LONGEST_MS });
  if (rows.length > MOST_ROWS) return 'too-many';
  return rows.flatMap(row => {
    const [value = null, digest = null] = Object.values(row);
    return value === null ? [] : [[textOf(value), digest === null ? null : textOf(digest)] as const];
  });
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

async function numberOf(service: RunningService, query: string, stop: AbortSignal): Promise<number | null> {
  const [row] = await service.sql(query, { stop, rows: 2, timeLimitMs: LONGEST_MS });
  const [value = null] = Object.values(row ?? {});
  const number = value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

async function valuesSeen(check: References, { from, to }: Both, stop: AbortSignal): Promise<ReferencesSeen | 'too-many'> {
  const [asked, there] = [await rowsOf(from, check.each, stop), await rowsOf(to, check.as ?? '', stop)];
  if (asked === 'too-many' || there === 'too-many') return 'too-many';
  const known = new Set(there.map(([value]) => value));
  const missing = asked.filter(([value]) => !known.has(value)).length;
  return { asked: asked.length, missing, digests: null, others: null };
}

interface FilesSaid {
  readonly missing: number;
  readonly read: number;
  readonly differ: number;
  readonly unread: number;
}

async function filesSeen(check: References, { from, to }: Both, stop: AbortSignal): Promise<ReferencesSeen | 'too-many'> {
  const rows = await rowsOf(from, check.each, stop);
  if (rows === 'too-many') return rows;
  const wanted = spread(rows.map(([said, digest]) => [pathOf(said, check), digest] as const));
  const given = wanted.filter(([, digest]) => digest !== null).length;
  let left = check.digests === 'all' ? given : check.digests;
  const total = { missing: 0, read: 0, differ: 0, unread: 0 };
  for (let at = 0; at < wanted.length; at += CHUNK) {
    const options = { references: wanted.slice(at, at + CHUNK), read: left };
    let said: FilesSaid | undefined;
    await to.files?.read({ kind: 'references', options }, value => (said = filesSaid(value)), stop);
    if (said === undefined) throw new Error('the reader of references said nothing');
    for (const key of ['missing', 'read', 'differ', 'unread'] as const) total[key] += said[key];
    left -= said.read + said.unread;
  }
  const { missing, ...digests } = total;
  const others =
    check.others === null ? null : await othersSeen(check, { to, known: new Set(wanted.map(([path]) => nameDigest(path))) }, stop);
  return { asked: rows.length, missing, digests: { given, ...digests }, others };
}

/** In an order that has nothing to do with that of the rows, so that a part of them stands for the whole; the same for the same rows. */
function spread<T extends readonly [string, string | null]>(rows: readonly T[]): readonly T[] {
  return rows
    .map(row => ({ row, key: nameDigest(row[0]) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

function filesSaid(value: unknown): FilesSaid {
  const said = value as Record<string, unknown>;
  const count = (key: string): number => {
    const number = said[key];
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) throw new Error('an answer of no known shape');
    return number;
  };
  return { missing: count('missing'), read: count('read'), differ: count('differ'), unread: count('unread') };
}

async function othersSeen(
  check: References,
  { to, known }: { readonly to: RunningService; readonly known: ReadonlySet<string> },
  stop: AbortSignal,
): Promise<NonNullable<ReferencesSeen['others']>> {
  let files = 0;
  let without = 0;
  const take = (value: unknown): void => {
    const { names } = value as { readonly names: readonly string[] };
    files += names.length;
    without += names.filter(name => !known.has(name)).length;
  };
  const below = check.below === null ? '' : `${check.below.replace(/\/+$/, '')}/`;
  await to.files?.read({ kind: 'references', options: { list: { pattern: check.others?.pattern ?? null, below } } }, take, stop);
  return { files, without };
}
