import { finding, type Finding, type FindingCode, type Outcome } from '../../finding/finding.ts';
import { BY_LIMIT } from '../limit.ts';
import type { LimitHit } from '../target.ts';

const PROBE = 'restore';

/** What an error means by its number. Message texts quote rows and are never looked at. */
type Meaning = 'harmless' | 'collation-missing' | 'library-missing' | 'disk-full' | 'out-of-memory' | 'server-ended' | 'unexplained';

const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  // A setting of another version of the server; an account, or a schema, that is there already; a schema to drop that is not.
  ...[1193, 1396, 1007, 1008].map(number => [number, 'harmless'] as const),
  ...[1273, 1115].map(number => [number, 'collation-missing'] as const),
  // A storage engine, a plugin or a function whose library is not here.
  ...[1286, 1126, 1127, 1128, 1524].map(number => [number, 'library-missing'] as const),
  ...[1021, 1114, 1135].map(number => [number, 'disk-full'] as const),
  ...[1037, 1038, 1041].map(number => [number, 'out-of-memory'] as const),
  ...[1053, 1927, 2002, 2006, 2013].map(number => [number, 'server-ended'] as const),
]);

/** How often each error came, by number; 0 is what the client says without one. */
export type Errors = ReadonlyMap<number, number>;

export interface Ending {
  readonly errors: Errors;
  readonly limit: LimitHit | undefined;
  readonly alive: boolean;
}

/** Every error in a finding: harmless ones counted, the others by what they mean. */
export function findingsOf(ending: Ending): readonly Finding[] {
  const by = (meaning: Meaning): readonly [number, number][] =>
    [...ending.errors].filter(([number]) => (MEANINGS.get(number) ?? 'unexplained') === meaning);
  const broken = brokenSandbox(ending, meaning => by(meaning).length > 0);
  const lacking = MISSING.flatMap(([meaning, code]) => {
    const observed = sum(by(meaning));
    return observed === 0 ? [] : [finding(code, 'inconclusive', { probe: PROBE, observed })];
  });
  const outcome: Outcome = broken.length > 0 || lacking.length > 0 ? 'inconclusive' : 'failed';
  const errors = by('unexplained').map(([number, observed]) =>
    finding('restore.errors', outcome, { probe: PROBE, unit: `error ${number}`, expected: 0, observed }),
  );
  const harmless = by('harmless');
  const note = { probe: PROBE, required: false, object: harmless.map(([number]) => `error ${number}`).join(', '), observed: sum(harmless) };
  return [...broken, ...lacking, ...errors, ...(harmless.length === 0 ? [] : [finding('restore.harmless', 'passed', note)])];
}

const MISSING: readonly (readonly [Meaning, FindingCode])[] = [
  ['collation-missing', 'restore.collation-missing'],
  ['library-missing', 'restore.library-missing'],
];

/** A limit of ours that bit, or a server that ended: nothing after it says anything about the backup. */
function brokenSandbox({ limit, alive }: Ending, had: (meaning: Meaning) => boolean): readonly Finding[] {
  const codes = new Set<FindingCode>();
  if (limit !== undefined) codes.add(BY_LIMIT[limit]);
  if (had('disk-full')) codes.add('restore.sandbox-disk-full');
  if (had('out-of-memory')) codes.add('restore.out-of-memory');
  if (codes.size === 0 && (!alive || had('server-ended'))) codes.add('restore.server-died');
  return [...codes].map(code => finding(code, 'inconclusive', { probe: PROBE }));
}

function sum(errors: readonly (readonly [number, number])[]): number {
  return errors.reduce((total, [, count]) => total + count, 0);
}
