import type { Client } from './client.ts';
import type { Plan } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What the second pass looks at. `client` is undefined if no client.yaml stands beside the plan; `plan` has the product's defaults then. */
export interface Linted {
  readonly plan: Plan;
  readonly client: Client | undefined;
  readonly vocabulary: Vocabulary;
}

/** The engine that serves a component: the plan's, else that of its backup tool. Undefined for one that is only a runbook. */
export function engineOf(component: Plan['components'][number], vocabulary: Vocabulary): string | undefined {
  if (component.service !== null) return component.service.engine;
  if (component.backup === null) return undefined;
  const { backup } = component;
  const tool = vocabulary.backupTools.find(one => one.name === backup.tool);
  return (tool?.traitsFor?.(backup) ?? tool?.traits)?.engine;
}
