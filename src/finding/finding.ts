import { catalogue, type FindingCode } from './catalogue.ts';

/** `failed`: the backup is bad. `inconclusive`: we could not tell. `skipped`: not asked. None of these is ever a pass. */
export type Outcome = 'passed' | 'failed' | 'inconclusive' | 'skipped';

/** A figure, a truth, a name of the schema, a digest or a time. Never a value of the data (evidence.md, section 9). */
export type FindingValue = number | boolean | string | null;

export type { FindingCode };

/** The answer of one probe or check. Its `code` is a promise: stable, listed by `resurgam schema findings`. */
export interface Finding {
  readonly code: FindingCode;
  readonly component: string | null;
  /** Which question gave it: `backup`, `restore`, `isolation`, or the probe's name. */
  readonly probe: string;
  /** Only required findings decide the verdict; the others are listed. */
  readonly required: boolean;
  readonly outcome: Outcome;
  /** Schema, table, column, index, constraint; or a number of things. Never a file name, role name or value. */
  readonly object: string | null;
  readonly unit: string | null;
  readonly expected: FindingValue;
  readonly observed: FindingValue;
  readonly latencyMs: number | null;
  readonly limitMs: number | null;
}

export type FindingFacts = Partial<Omit<Finding, 'code' | 'outcome' | 'probe'>>;

/** A finding with every absent member said as `null`. It is required unless `facts` say otherwise. */
export function finding(code: FindingCode, outcome: Outcome, facts: FindingFacts & { readonly probe: string }): Finding {
  const { probe, component = null, required = true, object = null, unit = null, expected = null, observed = null } = facts;
  const { latencyMs = null, limitMs = null } = facts;
  return Object.freeze({ code, component, probe, required, outcome, object, unit, expected, observed, latencyMs, limitMs });
}

/** One sentence that a director can read, from our own catalogue: no text of the backup or of a tool can get into it but names and figures. */
export function sentenceOf(found: Finding): string {
  const text = catalogue[found.code].sentence;
  return text.replaceAll(/\{(object|unit|expected|observed|component|limitMs|latencyMs)\}/g, (_, name: keyof Finding) => {
    const value = found[name];
    return value === null ? 'unknown' : typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
  });
}
