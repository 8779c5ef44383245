import { circlesOf } from './circles.ts';
import { didYouMean } from './nearest.ts';
import type { Plan, Problem } from './plan.ts';
import { warn, type Remark } from './remark.ts';
import { readYaml } from './yaml.ts';

/**
 * What only all plans of a client together can show: a system that needs one which no plan recovers, and circles. Warnings, by file.
 * `broken` are the names of plans that have errors of their own.
 */
export function lintSystems(plans: readonly Plan[], broken: ReadonlySet<string>): readonly Problem[] {
  const byClient = new Map<string, Plan[]>();
  for (const plan of plans) byClient.set(plan.client, [...(byClient.get(plan.client) ?? []), plan]);
  return [...byClient.values()].flatMap(those => ofClient(those, broken));
}

function ofClient(plans: readonly Plan[], broken: ReadonlySet<string>): readonly Problem[] {
  if (plans.every(({ system }) => (system.needs ?? []).length === 0)) return [];
  const circles = circlesOf(new Map(plans.map(plan => [plan.plan, neededBy(plan)])));
  return plans.flatMap(plan => {
    const own = circles.filter(([first]) => first === plan.plan);
    const round = own.map(circle =>
      warn(['system', 'needs'], `systems need one another in a circle: ${circle.join(' needs ')}`, 'Take one of these needs away.'),
    );
    return placed(plan, [...lintNeeds(plan, plans).filter(({ of }) => !broken.has(of)), ...round]);
  });
}

function neededBy({ system }: Plan): readonly string[] {
  return (system.needs ?? []).flatMap(need => ('plan' in need ? [need.plan] : []));
}

function lintNeeds(plan: Plan, plans: readonly Plan[]): readonly (Remark & { readonly of: string })[] {
  const names = plans.map(one => one.plan).filter(name => name !== plan.plan);
  return (plan.system.needs ?? []).flatMap((need, at) => {
    if (!('plan' in need)) return [];
    const path = ['system', 'needs', at];
    const other = plans.find(one => one.plan === need.plan);
    if (other === undefined || other === plan) {
      const what =
        other === undefined ? `no plan "${need.plan}" of ${plan.client}${didYouMean(need.plan, names)}` : 'a system needs itself';
      return [{ of: need.plan, ...warn(path, what, 'Name another plan of this client, or say { outside: what it is }.') }];
    }
    const parts = other.components.map(({ name }) => name);
    if (need.component === null || parts.includes(need.component)) return [];
    const meant = didYouMean(need.component, parts);
    return [
      { of: need.plan, ...warn(path, `${need.plan} has no component "${need.component}"${meant}`, `Name one of: ${parts.join(', ')}.`) },
    ];
  });
}

/** Told again and again while the file stays as it is: the same problem is the same object, so that a fleet that did not change is the same too. */
const told = new WeakMap<Plan, Map<string, Problem>>();

function placed(plan: Plan, remarks: readonly Remark[]): readonly Problem[] {
  if (remarks.length === 0) return [];
  const known = told.get(plan) ?? new Map<string, Problem>();
  told.set(plan, known);
  return remarks.flatMap(({ path, ...said }) => {
    const before = known.get(said.message) ?? readYaml({ file: plan.file, bytes: plan.bytes }).yaml?.problemAt(path, said);
    if (before !== undefined) known.set(said.message, before);
    return before ?? [];
  });
}
