import { circlesOf } from './circles.ts';
import { engineOf } from './engine.ts';
import type { Linted } from './linted.ts';
import type { Component, Plan } from './plan.ts';
import { lintShares } from './lint-shares.ts';
import { refuse, warn, type Remark } from './remark.ts';
import { lintName } from './unknown-component.ts';

/** What is recovered: in an order that exists, each part by something that can be done. */
export function lintComponents(linted: Linted): readonly Remark[] {
  const { plan } = linted;
  const none = plan.components.some(component => component.backup !== null)
    ? []
    : [refuse(['components'], 'no component has a backup: there is nothing to restore', 'Add backup: to a component.')];
  return [
    ...none,
    ...plan.components.flatMap(component => lintNeeds(component, plan)),
    ...cyclesOf(plan.components),
    ...plan.components.flatMap(component => lintRecovery(component, linted)),
    ...lintShares(plan, 'memory'),
    ...lintShares(plan, 'disk'),
    ...lintFailureInstant(plan),
  ];
}

function lintNeeds({ name, needs }: Component, plan: Plan): readonly Remark[] {
  return needs.flatMap((need, at) => lintName(need, ['components', name, 'needs', at], plan));
}

/** Each circle once, told at the first component of it. */
function cyclesOf(components: readonly Component[]): readonly Remark[] {
  return circlesOf(new Map(components.map(({ name, needs }) => [name, needs]))).map(circle => {
    const [name = ''] = circle;
    const said = `components need one another in a circle: ${circle.join(' needs ')}`;
    return refuse(['components', name, 'needs'], said, 'Take one of these needs away.');
  });
}

function lintRecovery(component: Component, { plan, vocabulary }: Linted): readonly Remark[] {
  const mend = plan.system.tier === 1 ? refuse : warn;
  const path = ['components', component.name];
  if (component.service !== null) return lintService(component, vocabulary);
  if (component.runbook === null && engineOf(component, vocabulary) === undefined) {
    return [mend(path, 'expected a service or a runbook: nothing says how this component is made to run', 'Add service: or runbook:.')];
  }
  return [];
}

/** What the engine itself says of its keys, and whether it has something to run over. */
function lintService(component: Component, vocabulary: Linted['vocabulary']): readonly Remark[] {
  const path = ['components', component.name, 'service'];
  const words = vocabulary.services.find(({ engine }) => engine === component.service?.engine);
  const said = (words?.remarks?.(component) ?? []).map(remark => ({ ...remark, path: [...path, ...remark.path] }));
  if (component.backup !== null || words?.withoutBackup === true) return said;
  return [...said, warn(path, `a ${words?.engine ?? ''} service without backup: has nothing to run over`, 'Add backup: to the component.')];
}

function lintFailureInstant(plan: Plan): readonly Remark[] {
  if (plan.failureInstant === 'start' || plan.components.some(component => component.backup?.job != null)) return [];
  return [
    refuse(['failureInstant'], 'a random moment of loss is drawn from job.every, and no backup has a job', 'Add job: { every: 1h }.'),
  ];
}
