// What is due by the ledger alone.
const DAY_MS = 86_400_000;

/** Occurrences of drills that are due and have not come to an end: none at all, or one that may be tried again. */
export function dueDrills(entries, now) {
  const of = type => entries.filter(one => one.type === type);
  const cancelled = new Set(of('schedule').flatMap(({ cancels }) => cancels.map(({ id }) => id)));
  const over = new Set([...of('drill-missed'), ...of('drill-skipped')].map(({ occurrence }) => occurrence));
  const last = new Map(of('drill-finished').map(({ occurrence, verdict }) => [occurrence, verdict]));
  const soon = new Date(Date.parse(now) + 1_500).toISOString();
  const due = of('schedule')
    .filter(({ kind }) => kind === 'drill')
    .flatMap(({ occurrences }) => occurrences)
    .filter(({ id, dueAt }) => dueAt <= soon && !cancelled.has(id) && !over.has(id));
  // What could not be told is not tried any more after a day.
  const isOpen = ({ id, dueAt }) => !last.has(id) || (last.get(id) === 'inconclusive' && Date.parse(dueAt) + DAY_MS > Date.parse(now));
  return due.filter(isOpen);
}

/** Whether anything may begin that nobody has begun: it need not wait for its next try. */
export function isAnyFresh(entries, now) {
  const begun = new Set(entries.filter(({ type }) => type === 'drill-started').map(({ occurrence }) => occurrence));
  return dueDrills(entries, now).some(({ id }) => !begun.has(id));
}
