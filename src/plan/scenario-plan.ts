import type { Plan, Scenario } from './plan.ts';

/**
 * The plan as it is drilled in a scenario: usable when what must be possible then is. Everything else is asked all the same, so that what
 * else would be out of service is known, and decides nothing.
 */
export function scenarioPlan(plan: Plan, scenario: Scenario): Plan {
  const workflows = plan.workflows.map(workflow => ({ ...workflow, required: scenario.workflows.includes(workflow.name) }));
  return { ...plan, workflows };
}
