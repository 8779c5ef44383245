import { catalogue } from '../finding/catalogue.ts';
import { sentenceOf, type Finding } from '../finding/finding.ts';
import { EvidenceError } from './error.ts';
import type { DrillRecord } from './record.ts';

/**
 * Words of database messages, statements and identity numbers. Whatever has them is no name, whatever field it is in: "Key (ssn)=(…)
 * already exists", "COPY patient, line 3", "Failing row contains (…)".
 */
const MESSAGES = [
  /\)=\(|[\p{Cc}\p{Cf}]|\b\d{3}-\d{2}-\d{4}\b/u,
  /\b(?:DETAIL|HINT|CONTEXT|ERROR|FATAL|PANIC|STATEMENT):|^COPY |\bINSERT INTO\b|\bVALUES\b|\bSELECT .* FROM\b/u,
  /\bline \d|\bcontains \(|\b(?:already exists|duplicate key|violates|invalid input)\b/iu,
];

const SHAPES = {
  /** Plan, drill, component, code, tool, worker. */
  id: /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,199}$/,
  path: /^[A-Za-z0-9_][A-Za-z0-9_.:@+/-]{0,299}$/,
  /** From a plan, or of our own catalogue: names of probes and workflows, roles, places, reasons. */
  label: /^.{1,400}$/u,
  sentence: /^[A-Z0-9“"].{1,500}$/u,
  unit: /^[A-Za-z0-9][A-Za-z0-9 %/()-]{0,60}$/,
  setting: /^[\p{L}\p{N} _.,:;%+*/()"$@=-]{0,300}$/u,
  version: /^[A-Za-z0-9 _.,:()+~/-]{1,120}$/,
  /** Digest, time, number, ratio, code, SQLSTATE, name of a schema object with its parts joined by dots, list of such names, type name. */
  name: /^(?:[^\s.;'\\]+\.[^\s;'\\][^;'\\]*|"[^";'\\]+"[^;'\\]*|[\p{L}\p{N}_"(<*+-][^\s;'\\]*(?:,?(?: AS)? [\p{Ll}\p{N}_"([][^;'\\]*)?)$/u,
} as const;
type Shape = keyof typeof SHAPES;

/** Which shape the text at a path has; `*` stands for any index or name. Text at a path that is not here is of a closed list or checked by the schema. */
const FIELDS: Readonly<Record<string, Shape>> = {
  drill: 'id',
  plan: 'id',
  client: 'id',
  site: 'label',
  occurrence: 'path',
  retryOf: 'id',
  'without.*': 'id',
  'scenario.name': 'label',
  'scenario.event': 'label',
  'scenario.workflows.*': 'label',
  'reasons.*': 'id',
  'recoveryTime.because': 'label',
  'recoveryPointAge.because': 'label',
  'recoveryPointAge.component': 'id',
  'newest.*.component': 'id',
  'recoveryPoints.*.component': 'id',
  'recoveryPoints.*.id': 'id',
  'recoveryPoints.*.tool': 'id',
  'recoveryPoints.*.location': 'label',
  'sample.method': 'id',
  'sample.seed': 'id',
  'sandbox.kind': 'id',
  'sandbox.acceptedReason': 'label',
  'sandbox.image': 'path',
  'services.*.component': 'id',
  'services.*.engine': 'id',
  'services.*.version': 'version',
  'services.*.settings.*': 'setting',
  'phases.*.component': 'id',
  'criticalPath.components.*.component': 'id',
  'criticalPath.components.*.needs.*': 'id',
  'criticalPath.critical.*': 'id',
  'runbooks.*.component': 'id',
  'steps.*.component': 'id',
  'steps.*.name': 'label',
  'findings.*.code': 'id',
  'findings.*.component': 'id',
  'findings.*.probe': 'label',
  'findings.*.object': 'name',
  'findings.*.unit': 'unit',
  'findings.*.expected': 'name',
  'findings.*.observed': 'name',
  'sweep.*.component': 'id',
  'sweep.*.point': 'id',
  'sweep.*.findings.*.code': 'id',
  'sweep.*.findings.*.component': 'id',
  'sweep.*.findings.*.probe': 'label',
  'sweep.*.findings.*.object': 'name',
  'sweep.*.findings.*.unit': 'unit',
  'sweep.*.findings.*.expected': 'name',
  'sweep.*.findings.*.observed': 'name',
  'workflows.*.name': 'label',
  'people.*.contact': 'label',
  'people.*.role': 'label',
  'people.*.did': 'label',
  'workers.*.id': 'id',
  'workers.*.did': 'label',
  'access.*.object': 'label',
  'access.*.role': 'label',
  'access.*.secret': 'label',
  'tools.*.name': 'id',
  'tools.*.version': 'version',
  'toolLogs.*.name': 'id',
  'clock.source': 'id',
  'limitations.*': 'sentence',
};

/** What stands in a record where a text was withheld. */
const WITHHELD = 'withheld';
const LIMITATION = 'Some texts were withheld from this record because they had not the shape of a name or a figure.';

/** Paths at which a record holds text that is of no known shape. Paths only: the text may be what must not be written. */
export function freeTextIn(record: DrillRecord): readonly string[] {
  const found: string[] = [];
  walk(record, [], (text, path) => {
    if (!isAllowed(text, path, record)) found.push(path.join('.'));
    return text;
  });
  return found;
}

/** The last gate: throws EvidenceError `free-text` that names the paths and never the text. */
export function assertNoFreeText(record: DrillRecord): void {
  const found = freeTextIn(record);
  if (found.length === 0) return;
  throw new EvidenceError('free-text', `drill record: expected names and figures, got free text at ${found.slice(0, 10).join(', ')}`, {
    hint: 'Report this as a defect: a finding must hold counts, digests and names only.',
  });
}

/**
 * The record as it may be signed: free text is replaced by "withheld", sentences by those of the catalogue, fractions by ratios in text.
 * A drill of four hours is not lost over one odd name, and the name does not get out. Made twice it changes nothing more.
 */
export function withoutFreeText(record: DrillRecord): { readonly record: DrillRecord; readonly withheld: readonly string[] } {
  const withheld: string[] = [];
  const walked = walk(record, [], (text, path) => {
    if (isAllowed(text, path, record)) return text;
    withheld.push(path.join('.'));
    return WITHHELD;
  }) as DrillRecord;
  // A record under another name would be another drill's: these were checked when the drill started.
  if (withheld.some(path => ['drill', 'plan', 'client'].includes(path))) assertNoFreeText(record);
  const findings = inOwnWords(walked.findings);
  const sweep = walked.sweep.map(one => ({ ...one, findings: inOwnWords(one.findings) }));
  const limitations =
    withheld.length === 0 ? walked.limitations : [...new Set([...walked.limitations.filter(one => one !== WITHHELD), LIMITATION])];
  return { record: { ...walked, findings, sweep, limitations }, withheld };
}

type Path = readonly string[];
type Visit = (text: string, path: Path) => string;

/** A copy in which every text was visited, and every fraction is a ratio in text: the ledger's JSON knows integers only. */
function walk(value: unknown, path: Path, visit: Visit): unknown {
  if (typeof value === 'string') return visit(value, path);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return value.toFixed(4);
  if (Array.isArray(value)) return value.map((member, index) => walk(member, [...path, String(index)], visit));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member, [...path, name], visit)]));
}

function isAllowed(text: string, path: Path, record: DrillRecord): boolean {
  const pattern = path.map((step, index) => (/^\d+$/.test(step) || path[index - 1] === 'settings' ? '*' : step)).join('.');
  if (pattern.endsWith('findings.*.sentence')) return text === ownSentence(findingAt(record, path));
  // A workflow is named by the plan: as its object it is the same text as its probe.
  const isItsName = pattern.endsWith('findings.*.object') && findingAt(record, path)?.probe === text;
  const shape = isItsName ? FIELDS['findings.*.probe'] : FIELDS[pattern];
  if (shape === undefined) return true;
  return SHAPES[shape].test(text) && !MESSAGES.some(message => message.test(text));
}

function inOwnWords(findings: DrillRecord['findings']): DrillRecord['findings'] {
  return findings.map(found => ({ ...found, sentence: ownSentence(found) ?? WITHHELD }));
}

/** The finding that a path leads into, of the drill or of a further recovery point. */
function findingAt({ findings, sweep }: DrillRecord, [first, at, , inner]: Path): DrillRecord['findings'][number] | undefined {
  return first === 'sweep' ? sweep[Number(at)]?.findings[Number(inner)] : findings[Number(at)];
}

/** What the catalogue says of a finding; undefined if its code is not in it. */
function ownSentence(found: DrillRecord['findings'][number] | undefined): string | undefined {
  return found !== undefined && found.code in catalogue ? sentenceOf(found as Finding) : undefined;
}
