import { quoted } from '../../backup/by-hand.ts';
import type { Component, SecretReference } from '../../plan/plan.ts';
import type { HandSource, HandView } from './view.ts';

/** Where every key is that somebody will need; never what it is. */
export function keysOf({ plan, components, tools }: HandSource): HandView['keys'] {
  const ofComponents = components.flatMap(component => {
    const of = component.name;
    const held = { runbook: component.runbook?.secrets ?? {}, environment: component.service?.options['environment'] ?? {} };
    const needed = Object.entries(secretsOf(component, tools));
    return [...needed, ...Object.values(held).flatMap(each => referencesIn(each))].map(([what, where]) => ({
      of,
      what,
      where: placeOf(where),
    }));
  });
  const ofQuestions = plan.workflows.flatMap(({ name, options }) =>
    referencesIn(options).map(([what, where]) => ({ of: name, what, where: placeOf(where) })),
  );
  return [...ofComponents, ...ofQuestions];
}

/** What its backup tool takes from the environment. */
export function secretsOf(component: Component, tools: HandSource['tools']): Readonly<Record<string, SecretReference>> {
  if (component.backup === null) return {};
  return tools.get(component.backup.tool)?.reach(component.backup).secrets ?? {};
}

function placeOf(reference: SecretReference): string {
  if ('file' in reference) return `the file ${reference.file}`;
  if ('env' in reference) return `the environment variable ${reference.env}`;
  return `what this prints: ${reference.command.map(quoted).join(' ')}`;
}

function referencesIn(value: unknown): readonly (readonly [string, SecretReference])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => (isReference(one) ? [[name, one] as const] : referencesIn(one)));
}

function isReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false;
  const [[name, place] = ['', undefined]] = Object.entries(value);
  return ((name === 'file' || name === 'env') && typeof place === 'string') || (name === 'command' && Array.isArray(place));
}
