import type { Plan } from './plan.ts';

/** A system that is out of service if another one is, or if one component of it is. */
export interface Dependant {
  readonly plan: string;
  /** `null`: whichever component it is that does not come back. */
  readonly component: string | null;
}

/** The systems of the same client that need this one, and those that need them (requirement SD-04); by name, each once per component. */
export function dependantsOf({ plan: of, client }: Plan, plans: readonly Plan[]): readonly Dependant[] {
  const others = plans.filter(one => one.client === client && one.plan !== of);
  const found = new Map<string, Dependant>();
  const add = (needed: string, through: string | null | undefined): void => {
    for (const { plan, system } of others) {
      for (const need of system.needs ?? []) {
        if (!('plan' in need) || need.plan !== needed) continue;
        // Who needs a system that is out of service is out of service by what took that one down.
        const component = through === undefined ? need.component : through;
        const key = `${plan}/${component ?? ''}`;
        if (found.has(key)) continue;
        found.set(key, { plan, component });
        add(plan, component);
      }
    }
  };
  add(of, undefined);
  return [...found.values()].sort((a, b) => a.plan.localeCompare(b.plan));
}
