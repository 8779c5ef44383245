import type { BarView, SegmentKind, SegmentView } from './view.ts';

/** One stretch of a bar, in milliseconds. */
export interface Stretch {
  readonly kind: Exclude<SegmentKind, 'over'>;
  readonly ms: number;
  readonly label: string;
  readonly value: string;
  readonly basis: string;
}

export interface BarTerms {
  readonly id: string;
  readonly title: string;
  readonly stretches: readonly Stretch[];
  readonly targetMs: number;
  readonly targetLabel: string;
  readonly headroomText: string | null;
}

/** Room to the right of the budget mark, and the least width at which a stretch can still be seen. */
const MARGIN = 1.06;
const LEAST_PERCENT = 0.7;

/** Places stretches one after the other against the budget. What lies behind the budget is a stretch of its own, drawn differently. */
export function bar(terms: BarTerms): BarView {
  const totalMs = terms.stretches.reduce((sum, one) => sum + one.ms, 0);
  const scaleMs = Math.max(totalMs, terms.targetMs, 1) * MARGIN;
  const at = (ms: number): number => (ms / scaleMs) * 100;
  const headroomMs = terms.targetMs - totalMs;
  const mark = at(terms.targetMs);
  return {
    id: terms.id,
    title: terms.title,
    segments: [...segments(terms.stretches, at), ...over(terms, totalMs, at)],
    mark: { x: percent(mark), label: terms.targetLabel, anchor: mark > 50 ? 'end' : 'start' },
    headroom: headroomMs > 0 && totalMs > 0 ? { x: percent(at(totalMs)), width: percent(at(headroomMs)) } : null,
    headroomText: terms.headroomText,
  };
}

function segments(stretches: readonly Stretch[], at: (ms: number) => number): SegmentView[] {
  let fromMs = 0;
  return stretches.map(one => {
    const { kind, label, value, basis } = one;
    const segment = { kind, x: percent(at(fromMs)), width: percent(Math.max(at(one.ms), LEAST_PERCENT)), label, value, basis };
    fromMs += one.ms;
    return segment;
  });
}

/** Drawn over the others, so that a miss is seen without reading. */
function over(terms: BarTerms, totalMs: number, at: (ms: number) => number): SegmentView[] {
  const overMs = totalMs - terms.targetMs;
  if (overMs <= 0) return [];
  const width = Math.max(at(overMs), LEAST_PERCENT);
  return [{ kind: 'over', x: percent(at(terms.targetMs)), width: percent(width), label: 'Over the objective', value: '', basis: '' }];
}

function percent(share: number): string {
  return `${share.toFixed(3)}%`;
}
