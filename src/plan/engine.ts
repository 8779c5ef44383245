import type { Component } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The engine that serves a component: the plan's, else that of its backup tool. Undefined for one that is only a runbook. */
export function engineOf(component: Component, vocabulary: Vocabulary): string | undefined {
  if (component.service !== null) return component.service.engine;
  if (component.backup === null) return undefined;
  const { backup } = component;
  const tool = vocabulary.backupTools.find(one => one.name === backup.tool);
  return (tool?.traitsFor?.(backup) ?? tool?.traits)?.engine;
}
