import { finding, type Finding, type FindingCode } from '../finding/finding.ts';

const MOST = 50;

/**
 * At most 50 findings of one code, then one that says how many more there are; bad ones first. A backup in which everything is missing is
 * told by the first fifty as well as by thousands.
 */
export function abridge(findings: readonly Finding[], more: FindingCode): readonly Finding[] {
  const kept: Finding[] = [];
  const counts = new Map<FindingCode, number>();
  for (const found of [...findings].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))) {
    const count = (counts.get(found.code) ?? 0) + 1;
    counts.set(found.code, count);
    if (count <= MOST) kept.push(found);
  }
  for (const [code, count] of counts) {
    const like = findings.find(found => found.code === code);
    if (count <= MOST || like === undefined) continue;
    const { probe, component, required, outcome } = like;
    if (outcome === 'failed') kept.push(finding(more, 'failed', { probe, component, required, object: code, observed: count - MOST }));
  }
  return kept;
}

const ORDER = ['failed', 'inconclusive', 'skipped', 'passed'] as const;
