import type { ProbeKind } from './probe.ts';

/** One question in the plan's words that each engine answers in its own way: the same key, the same values, asked by whoever knows the engine. */
export function perEngine(kinds: readonly [ProbeKind, ...ProbeKind[]]): ProbeKind {
  const [first] = kinds;
  return {
    ...first,
    byDefaultFor: kinds.flatMap(kind => kind.byDefaultFor),
    asks: kinds.flatMap(kind => kind.asks),
    ask: (question, stop) => {
      const kind = kinds.find(one => one.asks.includes(question.service.engine));
      if (kind === undefined) throw new Error(`${first.kind} is not asked of ${question.service.engine}`);
      return kind.ask(question, stop);
    },
  };
}
