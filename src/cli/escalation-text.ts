import type { Matter, Refusal } from '../escalation/matter.ts';
import type { ProofKind } from '../escalation/condition.ts';
import type { Delivery } from '../store/state/deliveries.ts';
import { roughly } from './rough.ts';
import { padTo, paint, printable, widthOf, type Style, type Terminal } from './terminal.ts';

/** Why a person was refused, for that person. */
export const REFUSED: Readonly<Record<Refusal, string>> = {
  'not-a-contact': 'only a contact of the client can do this: name one with --by, as client.yaml does',
  'not-risk-owner': 'only a contact with the role risk-owner can accept a risk',
  'may-not-declare': 'only contacts named under mayDeclareClinical can say this',
  'only-evidence': 'only evidence resolves a matter: a passed drill, or a valid backup',
  'no-date': 'expected --until with a day at most 30 days away',
  'no-reason': 'expected a reason, and for restored the ledger entry that shows it (--because)',
  'out-of-order': 'a matter cannot go back there',
  'not-open': 'this matter is not open',
};

/** The evidence that ends a matter, for people. */
const PROOF: Readonly<Record<ProofKind, string>> = {
  'drill-passed': 'a passed drill of the plan',
  'drill-conclusive': 'a drill that could tell',
  'three-passed': 'three passed drills in a row',
  'point-there': 'a valid recovery point',
  'point-fresh': 'a valid recovery point within the objective',
  'point-new': 'a new recovery point',
  'check-passed': 'a backup check that passes',
  'check-passed-new-point': 'a backup check that passes with a new recovery point',
  'age-kept': 'a whole day within the objective',
  'drift-cleared': 'recovery times that are steady again',
  'headroom-recovered': 'headroom of at least 25 %',
  heartbeat: 'a heartbeat of the worker',
  'test-delivered': 'a test message that is taken (resurgam escalation test)',
  'ledger-verified': 'a ledger that verifies',
  'security-release': 'the release by a security contact',
  'clinical-resumed': 'the word of somebody who may declare it',
  'plan-approved': 'a plan without the gap',
  done: 'the entry that says it is done',
  anchored: 'an anchored checkpoint',
  reviewed: 'the review',
  'baa-renewed': 'a new date of the agreement',
  'report-issued': 'the report',
};

const STYLE: Readonly<Record<string, Style>> = { P1: 'red', P2: 'red', P3: 'yellow', P4: 'yellow' };

/** What is open, one line each. */
export function mattersText(matters: readonly Matter[], terms: { readonly terminal: Terminal; readonly now: string }): string {
  if (matters.length === 0) return 'Nothing is open.\n';
  const rows = matters.map(matter => [
    matter.id,
    matter.severity,
    printable(matter.plan ?? matter.system),
    matter.condition,
    matter.state,
    `${roughly(Math.max(0, Date.parse(matter.resolvedAt ?? terms.now) - Date.parse(matter.openedAt)))}${matter.resolvedAt === null ? '' : ' (over)'}`,
  ]);
  const heads = ['escalation', '', 'system', 'what', 'state', 'for'];
  const widths = heads.map((head, column) => Math.max(widthOf(head), ...rows.map(row => widthOf(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const head = paint(terms.terminal, ['dim'], line(heads));
  const body = rows.map(row => paint(terms.terminal, [STYLE[row[1] ?? ''] ?? 'dim'], line(row)));
  return `${[head, ...body].join('\n')}\n`;
}

/** One matter, and what was sent about it. `only`: the evidence that it waits for. */
export function matterText(
  matter: Matter,
  sent: readonly Delivery[],
  terms: { readonly terminal: Terminal; readonly only: 'proof' | null },
): string {
  const waits = `waits for ${matter.needs.map(need => PROOF[need]).join(' and ')}`;
  const shown = Math.max(0, ...Object.values(matter.proofs).map(({ count }) => count));
  const proof = [
    matter.resolvedAt === null ? `${matter.id} ${waits}` : `${matter.id} was resolved at ${matter.resolvedAt}`,
    ...(matter.proofsNeeded > 1 ? [`${shown} of ${matter.proofsNeeded} in a row so far`] : []),
  ];
  if (terms.only === 'proof') return `${proof.join('\n')}\n`;
  const facts: readonly (readonly [string, string | null])[] = [
    ['what', `${matter.condition}${matter.codes.length === 0 ? '' : ` (${matter.codes.join(', ')})`}`],
    ['system', printable(matter.system)],
    ['state', matter.state],
    ['opened', matter.openedAt],
    ['seen', matter.repeats === 0 ? 'once' : `${matter.repeats + 1} times`],
    ['answer by', matter.respondBy],
    ['solve by', matter.resolveBy],
    ['answered', matter.acknowledgedAt === null ? null : `${matter.acknowledgedAt} by ${matter.acknowledgedBy ?? ''}`],
    ['drill', matter.drill],
    ['ledger', `entry ${matter.because}`],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`  ${padTo(name, 10)} ${value}`]));
  const title = paint(terms.terminal, ['bold', STYLE[matter.severity] ?? 'dim'], `${matter.severity}  ${matter.id}`);
  return `${[title, ...lines, '', ...proof, '', 'sent', ...sentLines(sent)].join('\n')}\n`;
}

function sentLines(sent: readonly Delivery[]): readonly string[] {
  if (sent.length === 0) return ['  nothing so far'];
  return sent.map(one => {
    const end = one.state === 'failed' ? `failed (${one.error ?? 'unknown'})` : one.state;
    return `  ${one.madeAt}  ${padTo(one.tier, 9)} ${padTo(printable(one.contact), 18)} ${padTo(one.channel, 12)} ${String(one.message['kind'])}: ${end}`;
  });
}
