import type { PrintedDrill } from '../evidence/record.ts';
import { sayAge } from '../measurement/wording.ts';
import { shortTime } from './phases.ts';
import { counted, stampText } from './words.ts';

export interface FurtherRowView {
  readonly component: string;
  /** The moment that its data are of. */
  readonly moment: string;
  readonly age: string;
  readonly result: string;
  readonly bad: boolean;
  readonly took: string;
}

export interface FurtherView {
  readonly sentence: string;
  readonly rows: readonly FurtherRowView[];
}

type Swept = PrintedDrill['sweep'][number];

const RESULT: Readonly<Record<Swept['verdict'], string>> = {
  passed: 'came back',
  'objective-missed': 'came back',
  failed: 'did not come back',
  inconclusive: 'could not be told',
};

/** The recovery points that were proved beside the chosen ones, newest first; `null` if none was. */
export function furtherPointsView(record: PrintedDrill): FurtherView | null {
  if (record.sweep.length === 0) return null;
  const rows = record.sweep.map(one => ({
    component: one.component,
    moment: one.consistentAt === null ? 'says no moment' : stampText(one.consistentAt),
    age: one.ageMs === null ? 'not tested' : sayAge(one.ageMs),
    result: resultOf(one),
    bad: !isBack(one),
    took: shortTime(one.durationMs),
  }));
  const back = record.sweep.filter(isBack).length;
  const all = counted(record.sweep.length, 'further recovery point');
  return { sentence: `Of ${all} ${back === record.sweep.length ? 'all' : String(back)} came back.`, rows };
}

/** With the code of what was worst about it. */
function resultOf({ verdict, findings }: Swept): string {
  const worst = findings.find(found => found.required && found.outcome === verdict);
  return `${RESULT[verdict]}${worst === undefined ? '' : `: ${worst.code}`}`;
}

function isBack({ verdict }: Swept): boolean {
  return verdict === 'passed' || verdict === 'objective-missed';
}
