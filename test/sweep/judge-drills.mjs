// Whether every drill began once, ended once, one at a time, and said the truth.
import { check, repeated } from './ledger-file.mjs';

export function drills(entries, { good, bad }, excused) {
  const started = entries.filter(({ type }) => type === 'drill-started');
  const finished = entries.filter(({ type }) => type === 'drill-finished');
  const end = new Map(finished.map(one => [one.drill, one]));
  const twice = finished.map(({ drill }) => drill).filter((drill, at, all) => all.indexOf(drill) !== at);
  const wrong = finished.filter(({ plan, verdict }) =>
    isOne(good, plan) ? verdict === 'failed' : isOne(bad, plan) && verdict === 'passed',
  );
  const conclusive = finished.filter(({ verdict }) => verdict !== 'inconclusive');
  const unexplained = finished.filter(
    one => one.verdict === 'inconclusive' && !one.reasons.some(reason => /^drill\.(worker-lost|stopped)$/.test(reason)) && !excused(one),
  );
  return [
    check('drills that started ended once', started.length, [
      ...started.filter(({ drill }) => !end.has(drill)).map(({ drill }) => drill),
      ...twice,
    ]),
    check(
      'occurrences never ran twice at once',
      new Set(started.map(({ occurrence }) => occurrence)).size,
      overlaps(started, end, 'occurrence'),
    ),
    check('plans never ran twice at once', new Set(started.map(({ plan }) => plan)).size, overlaps(started, end, 'plan')),
    check(
      'occurrences concluded once',
      new Set(conclusive.map(({ occurrence }) => occurrence)).size,
      repeated(conclusive.map(({ occurrence }) => occurrence)),
    ),
    check('attempts are numbered one after the other', started.length, attempts(started)),
    check(
      'conclusive verdicts are right',
      conclusive.length,
      wrong.map(({ drill, plan, verdict }) => `${plan} ${drill}: ${verdict}`),
    ),
    check(
      'inconclusive verdicts have a cause of ours',
      finished.length - conclusive.length,
      unexplained.map(({ drill, plan, reasons }) => `${plan} ${drill}: ${reasons}`),
    ),
  ];
}

const isOne = (names, plan) => names.some(name => plan.endsWith(`-${name}`));

function overlaps(started, end, by) {
  const last = new Map();
  return started.flatMap(one => {
    const before = last.get(one[by]);
    last.set(one[by], one);
    const isOver = before === undefined || (end.get(before.drill)?.seq ?? Infinity) < one.seq;
    return isOver || one[by] === null ? [] : [`${one[by]}: ${before.drill} and ${one.drill}`];
  });
}

function attempts(started) {
  const count = new Map();
  return started.flatMap(({ occurrence, attempt, drill }) => {
    if (occurrence === null) return [];
    count.set(occurrence, (count.get(occurrence) ?? 0) + 1);
    return count.get(occurrence) === attempt ? [] : [`${occurrence}: ${drill} says ${attempt}`];
  });
}

/**
 * Drills that were under way when their process was killed: the last of the plan that had begun by then. They must be signed as lost,
 * unless they had been signed before the kill.
 */
export function interrupted(entries, lost) {
  const started = entries.filter(({ type }) => type === 'drill-started');
  const finished = new Map(entries.filter(({ type }) => type === 'drill-finished').map(one => [one.drill, one]));
  const all = lost.map(({ plan, since, at }) => ({ at, drill: started.findLast(one => one.plan === plan && one.at <= since)?.drill }));
  const isLost = ({ drill }) => finished.get(drill)?.reasons.includes('drill.worker-lost') === true;
  const wrong = all.filter(one => !isLost(one) && !((finished.get(one.drill)?.at ?? '9') <= one.at));
  const none = all.filter(({ drill }) => drill === undefined).length;
  return [
    check(
      'drills whose worker was killed are signed as such',
      all.length,
      wrong.map(({ drill, at }) => `${drill ?? 'a drill that never began'}, killed at ${at}: ${finished.get(drill)?.reasons ?? 'no end'}`),
      `${all.filter(isLost).length} as lost${none > 0 ? `, ${none} unknown` : ''}`,
    ),
  ];
}
