import type { ConsistencyInput } from './consistency-schema.ts';
import { engineOf } from './engine.ts';
import type { Component, ConsistencyCheck } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The checks across components, with every default filled in. `of` is empty if the plan must say which component is meant. */
export function toChecks(
  given: readonly ConsistencyInput[],
  components: readonly Component[],
  vocabulary: Vocabulary,
): readonly ConsistencyCheck[] {
  const speaking = components.filter(component => speaksSql(component, vocabulary));
  const only = speaking.length === 1 ? (speaking[0]?.name ?? '') : '';
  return given.map((check, at): ConsistencyCheck => {
    const { required, of = only } = check;
    const name = check.name ?? (given.length === 1 ? 'consistency' : `consistency ${String(at + 1)}`);
    const place = { name, required, of, lagMs: check.lag ?? 0 };
    if (check.highest !== undefined && check.notBeyond !== undefined)
      return {
        kind: 'position',
        ...place,
        highest: bare(check.highest),
        notBeyond: { ...check.notBeyond, query: bare(check.notBeyond.query) },
      };
    const { each = '', existsIn = '', as, strip = null, below = null, digests, others } = check;
    return {
      ...{ kind: 'references', ...place, each: bare(each), existsIn, as: as === undefined ? null : bare(as), strip, below, digests },
      others: others === undefined ? null : { pattern: others.pattern ?? null, atMost: others.atMost },
    };
  });
}

/** Whether questions in SQL can be asked of what serves it. */
export function speaksSql(component: Component, vocabulary: Vocabulary): boolean {
  const engines = vocabulary.probes.find(({ kind }) => kind === 'sql')?.asks ?? [];
  return engines.includes(engineOf(component, vocabulary) ?? '');
}

function bare(query: string): string {
  return query.replace(/[\s;]+$/, '');
}
