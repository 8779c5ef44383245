import type { DrillRecord } from '../evidence/record.ts';
import { isRegular } from '../evidence/regular.ts';
import { sayBound, sayTime } from '../measurement/wording.ts';
import { spreadOf, upperBound95 } from '../measurement/statistics.ts';
import { counted } from './words.ts';

type Recorded = Pick<DrillRecord, 'verdict' | 'recoveryTime' | 'trigger'>;

/**
 * What may be said about a series of drills of one plan (measurement.md, section 10): failures with their bound, recovery times by
 * minimum, median and maximum. Inconclusive drills stand beside n and are never counted into it.
 */
export function seriesSentences(all: readonly Recorded[]): string[] {
  const records = all.filter(one => isRegular(one.trigger));
  const conclusive = records.filter(one => one.verdict !== 'inconclusive');
  const beside = records.length - conclusive.length;
  const aside = beside === 0 ? '' : ` Not counted: ${counted(beside, 'inconclusive drill')}.`;
  if (conclusive.length === 0) return records.length === 0 ? [] : [`No drill was conclusive; nothing can be said of the series.${aside}`];
  const failed = conclusive.filter(one => one.verdict === 'failed').length;
  const bound = sayBound(upperBound95(failed, conclusive.length));
  const counts = `${failed === 0 ? 'None' : failed.toLocaleString('en-US')} of ${counted(conclusive.length, 'conclusive drill')} failed`;
  return [`${counts}: the chance that a drill fails is at most ${bound}, with 95 % confidence.${aside}`, ...times(conclusive)];
}

function times(conclusive: readonly Recorded[]): string[] {
  const spread = spreadOf(conclusive.flatMap(one => (one.recoveryTime.ms === null ? [] : [one.recoveryTime.ms])));
  if (spread === undefined) return [];
  const percentiles = Object.entries(spread.percentiles).map(([name, ms]) => `, ${name} ${sayTime(ms)}`);
  const middle = `minimum ${sayTime(spread.minimum)}, median ${sayTime(spread.median)}, maximum ${sayTime(spread.maximum)}`;
  return [`Recovery time of ${counted(spread.n, 'drill')}: ${middle}${percentiles.join('')}.`];
}
