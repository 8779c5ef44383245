import type { Linted } from './linted.ts';
import { didYouMean } from './nearest.ts';
import { refuse, type Remark } from './remark.ts';

/** Whether each scenario can be drilled: by a name of its own, and by workflows that the plan has. */
export function lintScenarios({ plan }: Linted): readonly Remark[] {
  const { scenarios = [], workflows } = plan;
  const names = workflows.map(({ name }) => name);
  return scenarios.flatMap((scenario, at) => {
    const path = ['scenarios', at];
    const isTwin = scenarios.findIndex(({ name }) => name === scenario.name) < at;
    const twin = isTwin ? [refuse([...path, 'name'], `a second scenario of the name "${scenario.name}"`, 'Give each its own name.')] : [];
    if (scenario.workflows.length === 0) {
      return [...twin, refuse(path, 'nothing must be possible in it: the plan has no required workflow', 'Add workflows: to the plan.')];
    }
    const unknown = scenario.workflows.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [refuse([...path, 'workflows', index], `unknown workflow "${name}"${didYouMean(name, names)}`, hintOf(names))],
    );
    return [...twin, ...unknown];
  });
}

function hintOf(names: readonly string[]): string {
  return names.length === 0 ? 'Add workflows: to the plan.' : `Name one of: ${names.join(', ')}.`;
}
