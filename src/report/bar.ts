import type { BarView, SegmentKind, SegmentView } from './view.ts';

/** One stretch of a bar, in milliseconds. */
export interface Stretch {
  readonly kind: SegmentKind;
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

/** Places stretches one after the other against the budget. */
export function bar(terms: BarTerms): BarView {
  const totalMs = terms.stretches.reduce((sum, one) => sum + one.ms, 0);
  const scaleMs = Math.max(totalMs, terms.targetMs, 1) * MARGIN;
  const at = (ms: number): number => (ms / scaleMs) * 100;
  const headroomMs = terms.targetMs - totalMs;
  const mark = at(terms.targetMs);
  return {
    id: terms.id,
    title: terms.title,
    segments: segments(terms.stretches, at),
    mark: { x: percent(mark), label: terms.targetLabel, anchor: mark > 50 ? 'end' : 'start' },
    headroom: headroomMs > 0 && totalMs > 0 ? { x: percent(at(totalMs)), width: percent(at(headroomMs)) } : null,
    over: headroomMs < 0 ? { x: percent(mark), width: percent(Math.max(at(-headroomMs), LEAST_PERCENT)) } : null,
    headroomText: terms.headroomText,
  };
}

/** The smallest stretch is widened to be seen; those after it give way, so that none hides another. */
function segments(stretches: readonly Stretch[], at: (ms: number) => number): SegmentView[] {
  let fromMs = 0;
  let from = 0;
  return stretches.map(({ kind, ms, label, value, basis }) => {
    const x = Math.max(from, at(fromMs));
    fromMs += ms;
    from = Math.max(x + LEAST_PERCENT, at(fromMs));
    return { kind, x: percent(x), width: percent(from - x), label, value, basis };
  });
}

function percent(share: number): string {
  return `${share.toFixed(3)}%`;
}
