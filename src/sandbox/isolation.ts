import { finding, type Finding } from '../finding/finding.ts';

/** Ways out of a sandbox that are tried before anything is restored. A plan accepts a weakness by these names. */
export const attempts = [
  'network',
  'dns',
  'host-ports',
  'host-sockets',
  'files',
  'environment',
  'processes',
  'signals',
  'writing',
  'staging',
  'privileges',
  'setuid',
  'namespaces',
] as const;

export type Attempt = (typeof attempts)[number];

/** What came of one attempt: in how many ways it got out. 0 is what we want; undefined: it could not be tried. */
export type Reached = Readonly<Partial<Record<Attempt, number>>>;

export interface IsolationJudgement {
  readonly findings: readonly Finding[];
  readonly isolation: 'proved' | 'accepted' | 'not-proved';
}

/**
 * One finding for each attempt, and one for all. A sandbox that leaks is our fault and nothing is said about the backup, so a way out
 * is `inconclusive`. A weakness that the plan accepts by name is listed, and no longer required. What was not tried is not passed.
 */
export function judgeIsolation(reached: Reached, accepted: readonly string[]): IsolationJudgement {
  const judged = attempts.map(attempt => {
    const ways = reached[attempt];
    const isAccepted = ways !== 0 && accepted.includes(attempt);
    const facts = { probe: 'isolation', required: !isAccepted, unit: 'ways out', expected: 0, observed: ways ?? null };
    return { attempt, ways, isAccepted, found: finding(`isolation.${attempt}`, ways === 0 ? 'passed' : 'inconclusive', facts) };
  });
  const findings = judged.map(each => each.found);
  const open = judged.filter(each => each.ways !== 0);
  if (open.some(each => !each.isAccepted)) return { findings, isolation: 'not-proved' };
  if (open.length === 0) {
    return { findings: [...findings, finding('isolation.proved', 'passed', { probe: 'isolation' })], isolation: 'proved' };
  }
  const names = open.map(each => each.attempt).join(', ');
  return { findings: [...findings, finding('isolation.accepted', 'passed', { probe: 'isolation', object: names })], isolation: 'accepted' };
}
