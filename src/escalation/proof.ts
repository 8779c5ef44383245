import type { ProofKind } from './condition.ts';
import type { Matter, Proof, Rules } from './matter.ts';

/** Proofs that speak of single components: each failing one needs its own. */
const BY_COMPONENT: ReadonlySet<ProofKind> = new Set(['point-there', 'point-fresh', 'point-new', 'check-passed', 'check-passed-new-point']);
const SCHEDULED: ReadonlySet<Proof['trigger']> = new Set([null, 'schedule', 'catch-up']);

/**
 * Whether this entry counts for this matter (escalation.md, section 7): the same system, what the condition asks for, later than the last
 * time that the condition was seen, from a person who may say so, and not a drill on demand that left out what had failed.
 */
export function concerns(proof: Proof, matter: Matter, rules: Rules): boolean {
  if (proof.system !== matter.system || !matter.needs.includes(proof.of)) return false;
  if (Date.parse(proof.at) <= Date.parse(matter.observedAt) || !maySay(proof, rules)) return false;
  return !proof.holds || SCHEDULED.has(proof.trigger) || matter.components.every(name => proof.components.includes(name));
}

/** The proofs of a matter with this entry counted; an entry that says the opposite breaks its row. The same entry twice counts once. */
export function counted(matter: Matter, proof: Proof): Matter['proofs'] {
  const speaksOf = BY_COMPONENT.has(proof.of) && proof.components.length > 0 ? proof.components : [''];
  const proofs = { ...matter.proofs };
  for (const component of speaksOf) {
    const key = `${proof.of}/${component}`;
    const known = proofs[key] ?? { count: 0, seq: -1 };
    if (proof.because > known.seq) proofs[key] = { count: proof.holds ? known.count + 1 : 0, seq: proof.because };
  }
  return proofs;
}

/** How many times in a row everything that is needed has been shown. */
export function timesShown(matter: Matter): number {
  const keys = matter.needs.flatMap(kind =>
    BY_COMPONENT.has(kind) && matter.components.length > 0 ? matter.components.map(name => `${kind}/${name}`) : [`${kind}/`],
  );
  return Math.min(...keys.map(key => matter.proofs[key]?.count ?? 0));
}

/** Releasing what may have been tampered with, and saying that clinical work goes on, belong to named persons. */
function maySay({ of, by }: Proof, { client }: Rules): boolean {
  if (of === 'security-release') return by !== null && client.contacts[by]?.role === 'security';
  if (of === 'clinical-resumed') return by !== null && by in client.contacts && client.mayDeclareClinical.includes(by);
  return true;
}
