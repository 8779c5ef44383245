/** What a drill did not show. Records hold the sentences; nothing but these sentences is written as a limitation by measurement. */
export const limitations = {
  'hardware-equal': 'Sandbox hardware is taken as equal to that of production.',
  'no-workflow': 'No workflow is declared: usable means that the required probes passed.',
  'not-confirmed-by-data':
    'The age of the data is not confirmed by the data: the plan names no time stamp that the source is sure to write.',
  'age-declared': 'The moment of the backup is taken from a declaration, not from the backup itself.',
  'pick-not-latest': 'Another recovery point than the latest was restored: the age is reported but not judged.',
  sampled: 'Only a sample was restored: nothing follows from it for the recovery time objective.',
  'redirection-not-tested': 'Name service and network redirection were not exercised.',
  'keys-not-tested': 'Credentials and key services that this drill did not use were not exercised.',
  'contention-not-tested': 'Contention when many systems are lost at once was not exercised.',
  'allowance-declared': 'The times for detection and decision are declared, not measured.',
  'clock-stepped': 'The wall clock moved against the monotonic clock during the drill; durations are not affected.',
  'not-resident': 'Not a full restore: data were still being loaded when the questions were asked.',
} as const;

export type Limitation = keyof typeof limitations;

/** What every drill leaves open (measurement.md, section 4). */
export const always: readonly Limitation[] = ['redirection-not-tested', 'keys-not-tested', 'contention-not-tested'];

/** What decides which limitations stand. */
export interface LimitationTerms {
  readonly factor: number;
  readonly allowanceMs: number;
  readonly requiredWorkflows: number;
  readonly sampled: boolean;
  readonly pickIsLatest: boolean;
  readonly confirmedByData: boolean;
  readonly ageBasis: 'measured' | 'derived' | 'declared' | 'estimated' | 'not-tested';
  readonly clockStepMs: number;
}

/** The limitations of one drill, in a fixed order. */
export function limitationsOf(terms: LimitationTerms): readonly string[] {
  const standing: readonly (readonly [boolean, Limitation])[] = [
    [terms.factor === 1, 'hardware-equal'],
    [terms.allowanceMs > 0, 'allowance-declared'],
    [terms.requiredWorkflows === 0, 'no-workflow'],
    [terms.sampled, 'sampled'],
    [!terms.pickIsLatest, 'pick-not-latest'],
    [!terms.confirmedByData && terms.ageBasis !== 'not-tested', 'not-confirmed-by-data'],
    [terms.ageBasis === 'declared', 'age-declared'],
    [terms.clockStepMs !== 0, 'clock-stepped'],
  ];
  return [...standing.filter(([stands]) => stands).map(([, id]) => id), ...always].map(id => limitations[id]);
}
