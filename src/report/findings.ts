import type { PrintedDrill } from '../evidence/record.ts';
import type { FactView, FindingsView, FindingView } from './view.ts';
import { counted, listed, valueText, withStamps } from './words.ts';

type Recorded = PrintedDrill['findings'][number];
type Outcome = Recorded['outcome'];

/** Bad ones first, required before the others; otherwise in the order in which they were found. */
const ORDER: readonly Outcome[] = ['failed', 'inconclusive', 'skipped', 'passed'];

/** Words of the outcomes for a reader. Skipped is not passed, and inconclusive is not failed. */
export const outcomeWord: Readonly<Record<Outcome, string>> = {
  failed: 'Failed',
  inconclusive: 'Could not tell',
  skipped: 'Not asked',
  passed: 'Passed',
};

/** All findings for the page. */
export function findings(record: PrintedDrill): FindingsView {
  const views = inOrder(record.findings).map(found => findingView(found, record.reasons));
  const bad = views.filter(view => view.outcome === 'failed' || view.outcome === 'inconclusive');
  const rest = views.filter(view => view.outcome === 'skipped' || view.outcome === 'passed');
  return {
    summary: outcomeCounts(record),
    bad,
    hasBad: bad.length > 0,
    rest,
    hasRest: rest.length > 0,
    restCaption: captionOf(rest),
  };
}

function captionOf(rest: readonly FindingView[]): string {
  const words = listed([...new Set(rest.map(view => view.label.toLowerCase()))]);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The findings as people read them: what is bad first. */
export function inOrder(all: readonly Recorded[]): readonly Recorded[] {
  const rank = (found: Recorded): number => ORDER.indexOf(found.outcome) * 2 + (found.required ? 0 : 1);
  return [...all].sort((a, b) => rank(a) - rank(b));
}

/** `2 failed, 1 could not tell, 3 not asked, 8 passed`; what does not occur is left out, but never the passed ones. */
export function outcomeCounts(record: PrintedDrill): string {
  const count = (outcome: Outcome): number => record.findings.filter(found => found.outcome === outcome).length;
  const said = ORDER.filter(outcome => outcome === 'passed' || count(outcome) > 0);
  const words = said.map(outcome => `${count(outcome).toLocaleString('en-US')} ${outcomeWord[outcome].toLowerCase()}`);
  return `${counted(record.findings.length, 'finding')}: ${words.join(', ')}`;
}

function findingView(found: Recorded, reasons: readonly string[]): FindingView {
  const bad = found.outcome === 'failed' || found.outcome === 'inconclusive';
  const decided = bad && found.required && reasons.includes(found.code);
  return {
    outcome: found.outcome,
    label: outcomeWord[found.outcome],
    sentence: withStamps(found.sentence),
    code: found.code,
    where: found.component === null ? found.probe : `${found.component} · ${found.probe}`,
    facts: facts(found),
    response: bad ? `runbooks/response/${found.code}.md` : null,
    note: decided ? 'Decided the verdict' : bad && !found.required ? 'Not required: it did not decide the verdict' : null,
  };
}

function facts(found: Recorded): FactView[] {
  const compared = found.expected !== null || found.observed !== null;
  const plain = (label: string, value: string, mono = false): FactView => ({ label, value, title: null, mono });
  return [
    ...(found.object === null ? [] : [plain('Object', found.object, true)]),
    ...(found.expected === null ? [] : [plain('Expected', valueText(found.expected, found.unit, ''))]),
    ...(compared ? [plain('Observed', valueText(found.observed, found.unit, 'not tested'))] : []),
    ...(found.latencyMs === null ? [] : [plain('Took', `${found.latencyMs.toLocaleString('en-US')} ms`)]),
    ...(found.limitMs === null ? [] : [plain('Limit', `${found.limitMs.toLocaleString('en-US')} ms`)]),
  ];
}
